internal import EventModel
internal import EventText

/// An answer of `POST /v1/events`, read.
struct EventsAnswer {
    /// The ids of a 201; `nil` when there are none.
    let ids: [String]?
    /// What a refusal says; the whole answer when it is no JSON.
    let error: String
    let problems: [EmitError.Problem]

    init(_ bytes: [UInt8]) {
        let parser = JSONParser(maximumByteCount: bytes.count)
        let value = (try? parser.parse(bytes.span)) ?? .null
        ids = value["ids"].map { $0.items.compactMap(\.nonEmptyText?.string) }
        error = value["error"]?.nonEmptyText?.string ?? String(decoding: bytes.prefix(1000), as: UTF8.self)
        problems = (value["problems"]?.items ?? []).map(Self.problem)
    }

    private static func problem(_ value: JSONValue) -> EmitError.Problem {
        EmitError.Problem(
            event: value["event"]?.count ?? 0, field: value["field"]?.nonEmptyText?.string ?? "",
            problem: value["problem"]?.nonEmptyText?.string ?? "")
    }
}

extension JSONValue {
    /// Whether it is a finite number or a boolean.
    var isNumberOrBoolean: Bool {
        switch self {
        case .boolean, .integer: true
        case .number(let number, _): number.isFinite
        case .null, .text, .array, .object: false
        }
    }

    fileprivate var count: Int? {
        if case .integer(let number) = self { Int(exactly: number.magnitude) } else { nil }
    }
}
