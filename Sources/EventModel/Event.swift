/// One normalized occurrence, in the words of `design.md`, section 3. Built once at the edge, never edited.
///
/// A text that is empty counts as absent, but for ``message``, where a system may say nothing or leave
/// it out, and for the values of parameters and arguments.
package struct Event: Hashable, Sendable {
    /// What a record is known by, in every run and on every host.
    package let id: EventID
    /// When it happened.
    package let time: Timestamp
    /// When Tributary accepted it.
    package let observedTime: Timestamp
    /// Name of the configured source.
    package let source: Text
    /// Component that reported it: unit, service, plug-in.
    package let origin: Text
    /// Machine it is about.
    package let host: Text
    /// What happened, in the taxonomy's words: `Security.User.Login.Failed`.
    package let kind: Text
    /// The native type, unchanged.
    package let type: Text
    package let severity: Severity
    package let classification: Classification
    package let visibility: Visibility
    /// Whether the reporting system calls it an event of its own.
    package let isSystemEvent: Bool
    /// Moab's event code.
    package let code: UInt32?
    /// One human sentence; `nil` where the record has none.
    package let message: Text?
    /// Who did it.
    package let user: Text
    package let tenant: Tenant
    /// What it is about.
    package let objects: [AssociatedObject]
    /// Moab's arguments.
    package let arguments: [Text]
    /// Everything else worth keeping, under native names, each name once.
    package let parameters: [Parameter]
    package let tags: [Text]

    package init(
        id: EventID, time: Timestamp, observedTime: Timestamp, source: Text, origin: Text = .empty,
        host: Text = .empty, kind: Text = .empty, type: Text = .empty, severity: Severity = .unknown,
        classification: Classification = .unknown, visibility: Visibility = .unknown,
        isSystemEvent: Bool = false, code: UInt32? = nil, message: Text? = nil, user: Text = .empty,
        tenant: Tenant = Tenant(), objects: [AssociatedObject] = [], arguments: [Text] = [],
        parameters: [Parameter] = [], tags: [Text] = []
    ) {
        self.id = id
        self.time = time
        self.observedTime = observedTime
        self.source = source
        self.origin = origin
        self.host = host
        self.kind = kind
        self.type = type
        self.severity = severity
        self.classification = classification
        self.visibility = visibility
        self.isSystemEvent = isSystemEvent
        self.code = code
        self.message = message
        self.user = user
        self.tenant = tenant
        self.objects = objects
        self.arguments = arguments
        self.parameters = parameters
        self.tags = tags
    }
}

/// 128 bits that name an event (guarantee G5), written as 32 lower-case hexadecimal digits.
package struct EventID: Hashable, Sendable {
    /// The first eight bytes, big-endian.
    package let high: UInt64
    /// The last eight bytes, big-endian.
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads 32 hexadecimal digits in either case; `nil` for anything else.
    package init?(parsing text: Span<UInt8>) {
        guard text.count == 32 else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for index in 0..<32 {
            guard let digit = hexadecimalValue(text[index]) else { return nil }
            if index < 16 { high = high << 4 | UInt64(digit) } else { low = low << 4 | UInt64(digit) }
        }
        self.init(high: high, low: low)
    }

    /// Appends the 32 digits.
    package func append(to buffer: inout [UInt8]) {
        buffer.append(hexadecimal: high, digitCount: 16)
        buffer.append(hexadecimal: low, digitCount: 16)
    }
}

extension EventID: CustomStringConvertible {
    package var description: String {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// The organization an event belongs to.
package struct Tenant: Hashable, Sendable {
    package let id: Text
    package let name: Text

    package init(id: Text = .empty, name: Text = .empty) {
        self.id = id
        self.name = name
    }

    package var isEmpty: Bool { id.isEmpty && name.isEmpty }
}

/// Something an event is about: Moab's associated object, Iguazio's affected resource.
package struct AssociatedObject: Hashable, Sendable {
    package let type: Text
    package let id: Text
    package let name: Text

    package init(type: Text, id: Text, name: Text = .empty) {
        self.type = type
        self.id = id
        self.name = name
    }
}

/// A named value that has no key of its own.
package struct Parameter: Hashable, Sendable {
    package let name: Text
    package let value: ParameterValue

    package init(_ name: Text, _ value: ParameterValue) {
        self.name = name
        self.value = value
    }
}

/// A parameter's value with its type.
package enum ParameterValue: Hashable, Sendable {
    case text(Text)
    /// Any whole number of 64 bits, signed or not.
    case integer(WholeNumber)
    /// Finite; never NaN or infinite.
    case number(Double)
    case boolean(Bool)
    case time(Timestamp)
}

/// A whole number from -(2^64-1) to 2^64-1: remote APIs have signed and unsigned ones of 64 bits.
package struct WholeNumber: Hashable, Sendable {
    /// Below zero; never with magnitude zero.
    package let isNegative: Bool
    package let magnitude: UInt64

    package init(isNegative: Bool = false, magnitude: UInt64) {
        self.isNegative = isNegative && magnitude != 0
        self.magnitude = magnitude
    }

    package init(_ value: Int) {
        self.init(isNegative: value < 0, magnitude: UInt64(value.magnitude))
    }

    /// Reads decimal digits with an optional minus; `nil` for anything else or a larger number.
    package init?(parsing text: Span<UInt8>) {
        let isNegative = text.count > 0 && text[0] == 0x2D
        let start = isNegative ? 1 : 0
        guard text.count > start, text.count - start <= 20 else { return nil }
        var magnitude: UInt64 = 0
        for index in start..<text.count {
            guard case 0x30...0x39 = text[index] else { return nil }
            let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(text[index] &- 0x30))
            guard !overflow, !carry else { return nil }
            magnitude = sum
        }
        self.init(isNegative: isNegative, magnitude: magnitude)
    }

    /// Appends the decimal digits, with a minus in front of a negative number.
    package func append(to buffer: inout [UInt8]) {
        if isNegative { buffer.append(0x2D) }
        buffer.append(decimal: magnitude)
    }
}

/// An opaque position in a source, issued by it, at most ``maximumByteCount`` bytes.
package struct Cursor: Hashable, Sendable {
    /// Largest cursor that the spool keeps, in bytes.
    package static let maximumByteCount = 1 << 20

    package let bytes: [UInt8]

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }
}
