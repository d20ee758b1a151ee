package import EventModel

// A line of `events.log` (reference: Moab Web Services 9.1, "events.log"):
//
//   line   = stamp *( SP key "=" ( string / list ) ) LF
//   stamp  = RFC 3339 date and time with an offset, three digits after the second, or six where needed
//   key    = name *( "." name )                name = 1*( ASCII letter / digit / "_" )
//   list   = "[" [ string *( ", " string ) ] "]"
//   string = quoted, escaped as `EscapedText.swift` says
//
//   Moab's, in this order         | Ours, after them, in the extended dialect only
//   severity      Moab's word     | kind, classification, visibility, systemEvent
//   code          0x%08x          | id, source, host, user, tenant.id, tenant.name
//   type, origin                  | associatedObject.N.name, tag.N
//   associatedObject.N.type, .id  | observedTime     RFC 3339, UTC, six digits
//   arguments     the list        | parameter.NAME   see `ParameterName.swift`
//   message                       | parameterTypes   a letter per parameter, when not all are text:
//                                 |                  text, integer, number, boolean, d for date and time
//
// An absent or empty field is left out, except an object's type and id, a message that is there but
// empty, and the texts in lists, tags and parameters. Moab's dialect always has `arguments`.

/// Writes events as lines of `events.log`.
package struct EventLineEncoder: Sendable {
    /// Which fields a line has.
    package enum Dialect: String, CaseIterable, Sendable {
        /// Moab's, then ours: decoding the line gives the event back.
        case extended
        /// Moab's only, byte for byte what Moab Web Services writes.
        case moab
    }

    private let dialect: Dialect
    private var stamp: StampCache
    private var observedStamp = StampCache(offset: { _ in 0 })
    private var parameters = ParameterCache()
    private let severityPairs = Severity.allCases.map { pair("severity", $0.moabWord.map { "\($0)" }) }
    private let classificationPairs = Classification.allCases.map {
        pair("classification", $0 == .unknown ? nil : $0.word)
    }
    private let visibilityPairs = Visibility.allCases.map { pair("visibility", $0 == .unknown ? nil : $0.word) }

    /// An encoder of one dialect and time zone.
    ///
    /// - Parameter offset: seconds that the stamp's zone is ahead of UTC at a moment in seconds since
    ///   the epoch; asked once for each quarter of an hour.
    package init(dialect: Dialect, offset: @escaping @Sendable (Int64) -> Int) {
        self.dialect = dialect
        stamp = StampCache(offset: offset)
    }

    /// Forgets what was kept of the batch before. To be called whenever the reader got other bytes.
    package mutating func beginBatch() {
        parameters.removeAll()
    }

    /// Appends the reader's current event as one line, its LF included.
    package mutating func append(_ reader: borrowing BatchReader, to buffer: inout [UInt8]) {
        LineRoom.append(to: &buffer) { line in
            appendMoabFields(of: reader, to: &line)
            if dialect == .extended { appendOwnFields(of: reader, to: &line) }
            line.append(0x0A)
        }
    }

    private mutating func appendMoabFields(of reader: borrowing BatchReader, to line: inout LineRoom) {
        let fraction = dialect == .moab ? SecondFraction.milliseconds : .millisecondsOrMore
        stamp.append(reader.time, fraction: fraction, to: &line)
        line.append(pair: severityPairs[Int(reader.severity.rawValue)])
        if let code = reader.code {
            line.append(literal: " code=\"0x")
            line.append(hexadecimal: code)
            line.append(UInt8(ascii: "\""))
        }
        line.append(pair: " type=\"", reader.span(reader.type))
        line.append(pair: " origin=\"", reader.span(reader.origin))
        for index in reader.objects.indices {
            let object = reader.objects[index]
            line.append(literal: " associatedObject.")
            line.append(digitsOf: UInt64(index))
            line.append(literal: ".type=\"")
            line.append(escaping: reader.span(object.type))
            line.append(literal: "\" associatedObject.")
            line.append(digitsOf: UInt64(index))
            line.append(literal: ".id=\"")
            line.append(escaping: reader.span(object.id))
            line.append(UInt8(ascii: "\""))
        }
        if dialect == .moab || !reader.arguments.isEmpty { Self.appendArguments(of: reader, to: &line) }
        if let message = reader.message {
            line.append(literal: " message=\"")
            line.append(escaping: reader.span(message))
            line.append(UInt8(ascii: "\""))
        }
    }

    private static func appendArguments(of reader: borrowing BatchReader, to line: inout LineRoom) {
        line.append(literal: " arguments=[")
        for index in reader.arguments.indices {
            if index > 0 { line.append(literal: ", ") }
            line.append(UInt8(ascii: "\""))
            line.append(escaping: reader.span(reader.arguments[index]))
            line.append(UInt8(ascii: "\""))
        }
        line.append(UInt8(ascii: "]"))
    }

    private mutating func appendOwnFields(of reader: borrowing BatchReader, to line: inout LineRoom) {
        line.append(pair: " kind=\"", reader.span(reader.kind))
        line.append(pair: classificationPairs[Int(reader.classification.rawValue)])
        line.append(pair: visibilityPairs[Int(reader.visibility.rawValue)])
        if reader.isSystemEvent { line.append(literal: " systemEvent=\"true\"") }
        line.append(literal: " id=\"")
        line.append(reader.id)
        line.append(UInt8(ascii: "\""))
        line.append(pair: " source=\"", reader.span(reader.source))
        line.append(pair: " host=\"", reader.span(reader.host))
        line.append(pair: " user=\"", reader.span(reader.user))
        line.append(pair: " tenant.id=\"", reader.span(reader.tenantID))
        line.append(pair: " tenant.name=\"", reader.span(reader.tenantName))
        Self.appendIndexedFields(of: reader, to: &line)
        line.append(literal: " observedTime=\"")
        observedStamp.append(canonical: reader.observedTime, to: &line)
        line.append(UInt8(ascii: "\""))
        parameters.append(of: reader, to: &line)
    }

    private static func appendIndexedFields(of reader: borrowing BatchReader, to line: inout LineRoom) {
        for index in reader.objects.indices where !reader.objects[index].name.isEmpty {
            line.append(literal: " associatedObject.")
            line.append(digitsOf: UInt64(index))
            line.append(pair: ".name=\"", reader.span(reader.objects[index].name))
        }
        for index in reader.tags.indices {
            line.append(literal: " tag.")
            line.append(digitsOf: UInt64(index))
            line.append(literal: "=\"")
            line.append(escaping: reader.span(reader.tags[index]))
            line.append(UInt8(ascii: "\""))
        }
    }
}

/// A space, the key and the quoted word; nothing without a word.
private func pair(_ key: String, _ word: String?) -> [UInt8] {
    word.map { Array(" \(key)=\"\($0)\"".utf8) } ?? []
}

extension LineRoom {
    /// Appends a pair that was written before.
    @inline(__always)
    fileprivate mutating func append(pair: [UInt8]) {
        append(copying: pair.span)
    }
}
