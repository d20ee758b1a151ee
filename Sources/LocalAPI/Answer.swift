internal import EventModel
internal import EventText

/// What the API answers to a request.
struct Answer: Equatable {
    /// Status code, RFC 9110, section 15.
    let status: Int
    /// Fields besides those that every answer has.
    var fields: [(name: String, value: String)] = []
    let contentType: String
    let body: [UInt8]

    static func == (left: Answer, right: Answer) -> Bool {
        left.status == right.status && left.contentType == right.contentType && left.body == right.body
            && left.fields.elementsEqual(right.fields, by: ==)
    }
}

/// What is wrong with one field of one event of a request.
struct EventProblem: Equatable {
    /// Place of the event in the request, from 0.
    let event: Int
    /// Path of the field, such as `objects[1].id`; empty for the event as a whole.
    let field: String
    let problem: String
}

extension Answer {
    /// Most problems that an answer lists.
    static let maximumProblemCount = 100

    /// 201: the events are on stable storage.
    static func created(_ ids: [EventID]) -> Answer {
        var body: [UInt8] = Array(#"{"ids":["#.utf8)
        body.reserveCapacity(ids.count * 35 + 16)
        for (index, id) in ids.enumerated() {
            if index > 0 { body.append(UInt8(ascii: ",")) }
            body.append(UInt8(ascii: "\""))
            id.append(to: &body)
            body.append(UInt8(ascii: "\""))
        }
        body.append(contentsOf: "]}\n".utf8)
        return Answer(status: 201, contentType: "application/json", body: body)
    }

    /// 200, with a word for people.
    static func plain(_ text: String) -> Answer {
        Answer(status: 200, contentType: "text/plain; charset=utf-8", body: Array("\(text)\n".utf8))
    }

    /// What is said of a body with so many events; `nil` when all is right.
    static func refusal(ofEvents count: Int, atMost maximum: Int, _ problems: [EventProblem]) -> Answer? {
        if count > maximum { return .refused(413, "a request has at most \(maximum) events: send fewer at a time") }
        if !problems.isEmpty {
            return .refused(400, "nothing was written, as not every event is right", problems: problems)
        }
        return count == 0 ? .refused(400, "the body has no event") : nil
    }

    /// A refusal: `{"error": "…", "problems": [{"event": 0, "field": "…", "problem": "…"}]}`.
    static func refused(
        _ status: Int, _ error: String, problems: [EventProblem] = [], fields: [(name: String, value: String)] = []
    ) -> Answer {
        var body: [UInt8] = Array(#"{"error":"#.utf8)
        body.append(quoting: error)
        body.append(contentsOf: #","problems":["#.utf8)
        body.append(list: Array(problems.prefix(maximumProblemCount))) { problem, body in
            body.append(contentsOf: #"{"event":\#(problem.event),"field":"#.utf8)
            body.append(quoting: problem.field)
            body.append(contentsOf: #","problem":"#.utf8)
            body.append(quoting: problem.problem)
            body.append(UInt8(ascii: "}"))
        }
        body.append(contentsOf: "]}\n".utf8)
        return Answer(status: status, fields: fields, contentType: "application/json", body: body)
    }
}

extension [UInt8] {
    /// Appends a JSON string.
    mutating func append(quoting text: String) {
        append(quoting: Text(text))
    }

    /// Appends a JSON string.
    mutating func append(quoting text: Text) {
        append(UInt8(ascii: "\""))
        append(escaping: text.bytes.span)
        append(UInt8(ascii: "\""))
    }

    /// Appends items with commas between them.
    mutating func append<Item>(list items: [Item], _ appendItem: (Item, inout [UInt8]) -> Void) {
        for (index, item) in items.enumerated() {
            if index > 0 { append(UInt8(ascii: ",")) }
            appendItem(item, &self)
        }
    }
}

extension JSONValue {
    /// The text that it is, also an empty one; `nil` for anything else.
    var text: Text? {
        if case .text(let text) = self { text } else { nil }
    }
}

extension Text {
    /// At most 64 bytes of it, for messages.
    var excerpt: String {
        bytes.count > 64 ? Text(Array(bytes.prefix(64))).string + "…" : string
    }
}
