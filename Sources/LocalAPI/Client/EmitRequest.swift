package import EventModel
internal import EventText

/// One event from the parts of a command line, as canonical JSON. What is not given is left out, and then the
/// daemon decides it. Words are checked by the daemon.
package struct EmitRequest: Equatable, Sendable {
    package var message: String?
    package var kind: String?
    package var severity: String?
    package var classification: String?
    package var visibility: String?
    package var type: String?
    package var origin: String?
    package var user: String?
    /// RFC 3339.
    package var time: String?
    /// Moab's event code.
    package private(set) var code: UInt32?
    package var arguments: [String] = []
    package var tags: [String] = []
    private var tenant: [String] = []
    private var objects: [[String]] = []
    private var parameters: [(name: String, json: [UInt8])] = []

    package init() {}

    package static func == (left: EmitRequest, right: EmitRequest) -> Bool {
        left.body(id: EventID(high: 0, low: 0)) == right.body(id: EventID(high: 0, low: 0))
    }

    /// Sets the code.
    ///
    /// - Parameter text: decimal, or hexadecimal after `0x`, 0 to 4294967295.
    package mutating func setCode(_ text: String) throws(EmitUsageError) {
        let isHexadecimal = text.hasPrefix("0x") || text.hasPrefix("0X")
        guard !text.hasPrefix("+"),
            let value = UInt32(isHexadecimal ? String(text.dropFirst(2)) : text, radix: isHexadecimal ? 16 : 10)
        else { throw EmitUsageError("--code \(text): a number from 0 to 4294967295, decimal or after 0x, is expected") }
        code = value
    }

    /// Sets the tenant.
    ///
    /// - Parameter text: `id` or `id:name`.
    package mutating func setTenant(_ text: String) throws(EmitUsageError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard !parts[0].isEmpty else { throw EmitUsageError("--tenant \(text): id or id:name is expected") }
        tenant = parts
    }

    /// Adds an object.
    ///
    /// - Parameter text: `type:id` or `type:id:name`; an id with a colon can only be given as JSON.
    package mutating func addObject(_ text: String) throws(EmitUsageError) {
        let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            throw EmitUsageError("--object \(text): type:id or type:id:name is expected")
        }
        objects.append(parts)
    }

    /// Adds a parameter.
    ///
    /// - Parameter text: `name=text`, or `name:=value` with a number, `true` or `false`.
    package mutating func addParameter(_ text: String) throws(EmitUsageError) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty, parts[0] != ":" else {
            throw EmitUsageError("--parameter \(text): name=text or name:=value is expected")
        }
        guard parts[0].hasSuffix(":") else {
            var json: [UInt8] = []
            json.append(quoting: parts[1])
            parameters.append((parts[0], json))
            return
        }
        let json = Array(parts[1].utf8)
        guard let value = try? JSONParser().parse(json.span), value.isNumberOrBoolean else {
            throw EmitUsageError("--parameter \(text): after ':=' a number, true or false is expected")
        }
        parameters.append((String(parts[0].dropLast()), json))
    }

    /// The event as a JSON object, with an id of its own.
    package func body() -> [UInt8] {
        body(id: .random())
    }

    /// The event as a JSON object.
    package func body(id: EventID) -> [UInt8] {
        var object = ObjectWriter()
        object.add("id", id.description)
        object.add("time", time)
        object.add("origin", origin)
        object.add("kind", kind)
        object.add("type", type)
        object.add("severity", severity)
        object.add("classification", classification)
        object.add("visibility", visibility)
        if let code { object.add("code", json: Array("\(code)".utf8)) }
        object.add("message", message)
        object.add("user", user)
        if !tenant.isEmpty { object.add("tenant", json: Self.object(["id", "name"], tenant)) }
        if !objects.isEmpty {
            object.add("objects", json: Self.list(objects.map { Self.object(["type", "id", "name"], $0) }))
        }
        if !arguments.isEmpty { object.add("arguments", json: Self.list(arguments.map(Self.text))) }
        if !parameters.isEmpty {
            var members = ObjectWriter()
            for parameter in parameters { members.add(parameter.name, json: parameter.json) }
            object.add("parameters", json: members.finished)
        }
        if !tags.isEmpty { object.add("tags", json: Self.list(tags.map(Self.text))) }
        return object.finished
    }

    private static func object(_ names: [String], _ values: [String]) -> [UInt8] {
        var object = ObjectWriter()
        for (name, value) in zip(names, values) { object.add(name, value) }
        return object.finished
    }

    private static func list(_ items: [[UInt8]]) -> [UInt8] {
        [UInt8(ascii: "[")] + items.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")]
    }

    private static func text(_ text: String) -> [UInt8] {
        var json: [UInt8] = []
        json.append(quoting: text)
        return json
    }
}

/// Writes a JSON object member by member.
private struct ObjectWriter {
    private var bytes: [UInt8] = [UInt8(ascii: "{")]

    /// The object, ended.
    var finished: [UInt8] { bytes + [UInt8(ascii: "}")] }

    mutating func add(_ name: String, _ text: String?) {
        guard let text else { return }
        var json: [UInt8] = []
        json.append(quoting: text)
        add(name, json: json)
    }

    mutating func add(_ name: String, json: [UInt8]) {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        bytes.append(quoting: name)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(contentsOf: json)
    }
}

/// A part of a command line that cannot be understood.
package struct EmitUsageError: Error, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
