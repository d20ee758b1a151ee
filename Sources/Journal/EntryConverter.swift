package import EventModel
package import Normalization
internal import Pipeline

/// Makes events of journal entries that did not come through the reader, such as those of an export stream, exactly as
/// the journal source makes them.
package struct EntryConverter: Sendable {
    /// An entry, field by field, in its order.
    package struct Entry: Sendable {
        /// Microseconds since the epoch.
        package var realtime: UInt64
        package var fields: [(name: Text, value: Text)]

        package init(realtime: UInt64, fields: [(name: Text, value: Text)]) {
            self.realtime = realtime
            self.fields = fields
        }
    }

    /// What came of an entry.
    package struct Result: Sendable {
        package let event: Event
        /// What the first rule that matches made of it; `nil` when none does.
        package let outcome: RuleOutcome?
        package let captures: [RuleSet.Capture]
    }

    /// Why an entry is none.
    package enum Failure: Error, Equatable, CustomStringConvertible {
        /// It has more fields, or more bytes, than the journal source takes.
        case tooLarge
        /// A name of a field is empty, too long, or has a sign of equality.
        case malformed

        package var description: String {
            switch self {
            case .tooLarge:
                """
                the entry is too large: \(Wire.maximumEntryFieldCount) fields and \(Wire.maximumEntryByteCount) bytes \
                are allowed
                """
            case .malformed: "a name of a field is empty, longer than 64 bytes, or holds '='"
            }
        }
    }

    private var mapper: EntryMapper
    private let rules: RuleSet

    /// - Parameter source: the name of the source that the events are to be of.
    package init(source: String, settings: JournalSettings = JournalSettings(), rules: RuleSet) {
        mapper = EntryMapper(source: source, parameters: settings.parameters, rules: rules)
        self.rules = rules
    }

    /// The event of an entry.
    ///
    /// - Parameter observed: its observed time.
    /// - Throws: ``Failure``.
    package mutating func convert(_ entry: Entry, observed: Timestamp) throws(Failure) -> Result {
        let byteCount = entry.fields.reduce(0) { $0 + $1.name.bytes.count + $1.value.bytes.count + 1 }
        guard entry.fields.count <= Wire.maximumEntryFieldCount, byteCount <= Wire.maximumEntryByteCount else {
            throw .tooLarge
        }
        let frame = Self.frame(entry)
        mapper.beginFrame()
        var reader = WireReader(frame.span)
        do throws(WireError) {
            _ = try mapper.map(&reader, observed: observed)
        } catch {
            throw .malformed
        }
        var batch = BatchReader(mapper.output.writer.bytes)
        // The batch was written just now.
        guard (try? batch.next()) == true else { throw .malformed }
        guard mapper.isDecided else { return Result(event: batch.event(), outcome: nil, captures: []) }
        return Result(
            event: batch.event(), outcome: mapper.scratch.outcome,
            captures: rules.captures(in: mapper.scratch, frame.span))
    }

    /// The entry as a reader's frame has it (Wire.swift). It has no number, so its identity is its time and content.
    private static func frame(_ entry: Entry) -> [UInt8] {
        var tokens: [UInt8] = []
        for field in entry.fields {
            tokens.append(varint: 2)
            tokens.append(text: field.name.bytes + [0x3D] + field.value.bytes)
        }
        tokens.append(varint: 0)
        let digest = EventIdentity(source: "entry").id(of: tokens.span)
        var frame: [UInt8] = []
        frame.append(fixed: entry.realtime)
        frame.append(fixed: digest.high)
        frame.append(fixed: digest.low)
        frame.append(fixed: UInt64(0))
        frame.append(fixed: entry.realtime)
        return frame + tokens
    }
}
