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
        let fraction = dialect == .moab ? SecondFraction.milliseconds : .millisecondsOrMore
        stamp.append(reader.time, fraction: fraction, to: &buffer)
        appendMoabFields(of: reader, to: &buffer)
        if dialect == .extended { appendOwnFields(of: reader, to: &buffer) }
        buffer.append(0x0A)
    }

    private func appendMoabFields(of reader: borrowing BatchReader, to buffer: inout [UInt8]) {
        buffer.append(contentsOf: severityPairs[Int(reader.severity.rawValue)])
        if let code = reader.code {
            buffer.append(literal: " code=\"0x")
            buffer.append(hexadecimal: code)
            buffer.append(UInt8(ascii: "\""))
        }
        buffer.append(pair: " type=\"", reader.span(reader.type))
        buffer.append(pair: " origin=\"", reader.span(reader.origin))
        for index in reader.objects.indices {
            let object = reader.objects[index]
            buffer.append(literal: " associatedObject.")
            buffer.append(decimal: UInt64(index))
            buffer.append(literal: ".type=\"")
            buffer.append(escaping: reader.span(object.type))
            buffer.append(literal: "\" associatedObject.")
            buffer.append(decimal: UInt64(index))
            buffer.append(literal: ".id=\"")
            buffer.append(escaping: reader.span(object.id))
            buffer.append(UInt8(ascii: "\""))
        }
        if dialect == .moab || !reader.arguments.isEmpty { appendArguments(of: reader, to: &buffer) }
        if let message = reader.message {
            buffer.append(literal: " message=\"")
            buffer.append(escaping: reader.span(message))
            buffer.append(UInt8(ascii: "\""))
        }
    }

    private func appendArguments(of reader: borrowing BatchReader, to buffer: inout [UInt8]) {
        buffer.append(literal: " arguments=[")
        for index in reader.arguments.indices {
            if index > 0 { buffer.append(literal: ", ") }
            buffer.append(UInt8(ascii: "\""))
            buffer.append(escaping: reader.span(reader.arguments[index]))
            buffer.append(UInt8(ascii: "\""))
        }
        buffer.append(UInt8(ascii: "]"))
    }

    private mutating func appendOwnFields(of reader: borrowing BatchReader, to buffer: inout [UInt8]) {
        buffer.append(pair: " kind=\"", reader.span(reader.kind))
        buffer.append(contentsOf: classificationPairs[Int(reader.classification.rawValue)])
        buffer.append(contentsOf: visibilityPairs[Int(reader.visibility.rawValue)])
        if reader.isSystemEvent { buffer.append(literal: " systemEvent=\"true\"") }
        buffer.append(literal: " id=\"")
        buffer.append(reader.id)
        buffer.append(UInt8(ascii: "\""))
        buffer.append(pair: " source=\"", reader.span(reader.source))
        buffer.append(pair: " host=\"", reader.span(reader.host))
        buffer.append(pair: " user=\"", reader.span(reader.user))
        buffer.append(pair: " tenant.id=\"", reader.span(reader.tenantID))
        buffer.append(pair: " tenant.name=\"", reader.span(reader.tenantName))
        appendIndexedFields(of: reader, to: &buffer)
        buffer.append(literal: " observedTime=\"")
        observedStamp.append(canonical: reader.observedTime, to: &buffer)
        buffer.append(UInt8(ascii: "\""))
        parameters.append(of: reader, to: &buffer)
    }

    private func appendIndexedFields(of reader: borrowing BatchReader, to buffer: inout [UInt8]) {
        for index in reader.objects.indices where !reader.objects[index].name.isEmpty {
            buffer.append(literal: " associatedObject.")
            buffer.append(decimal: UInt64(index))
            buffer.append(pair: ".name=\"", reader.span(reader.objects[index].name))
        }
        for index in reader.tags.indices {
            buffer.append(literal: " tag.")
            buffer.append(decimal: UInt64(index))
            buffer.append(literal: "=\"")
            buffer.append(escaping: reader.span(reader.tags[index]))
            buffer.append(UInt8(ascii: "\""))
        }
    }
}

/// A space, the key and the quoted word; nothing without a word.
private func pair(_ key: String, _ word: String?) -> [UInt8] {
    word.map { Array(" \(key)=\"\($0)\"".utf8) } ?? []
}

extension [UInt8] {
    /// Appends `opening`, `text` escaped, and a quote; nothing when the text is empty.
    @inline(__always)
    mutating func append(pair opening: StaticString, _ text: Span<UInt8>) {
        guard text.count > 0 else { return }
        append(literal: opening)
        append(escaping: text)
        append(UInt8(ascii: "\""))
    }

    /// Appends the eight hexadecimal digits of `value`.
    @inline(__always)
    mutating func append(hexadecimal value: UInt32) {
        // The digits' values as eight bytes, the first one lowest.
        var digits = UInt64(value.byteSwapped)
        digits = (digits | digits << 16) & 0x0000_FFFF_0000_FFFF
        digits = (digits | digits << 8) & 0x00FF_00FF_00FF_00FF
        digits = (digits >> 4 | digits << 8) & 0x0F0F_0F0F_0F0F_0F0F
        // 10 to 15 become letters: adding 6 carries into bit 4 of those.
        let letters = (digits &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        let text = (digits &+ 0x3030_3030_3030_3030 &+ letters &* 0x27).littleEndian
        unsafe Swift.withUnsafeBytes(of: text) { bytes in
            // Eight initialized bytes, used within the closure only.
            unsafe append(contentsOf: bytes)
        }
    }

    /// Appends the id's 32 digits.
    @inline(__always)
    mutating func append(_ id: EventID) {
        append(hexadecimal: UInt32(truncatingIfNeeded: id.high >> 32))
        append(hexadecimal: UInt32(truncatingIfNeeded: id.high))
        append(hexadecimal: UInt32(truncatingIfNeeded: id.low >> 32))
        append(hexadecimal: UInt32(truncatingIfNeeded: id.low))
    }
}
