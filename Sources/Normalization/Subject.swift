package import EventModel

/// A record as rules see it: ranges of the bytes that hold it. Used again for the next record.
package struct Subject: Sendable {
    /// Journal: `SYSLOG_IDENTIFIER`, else `_COMM`, else the unit without its suffix; remote sources: the origin.
    package var identifier = 0..<0
    /// Journal: `_SYSTEMD_UNIT`.
    package var unit = 0..<0
    /// Journal: `MESSAGE_ID`.
    package var messageID = 0..<0
    /// Journal: `_TRANSPORT`; remote sources: the native type.
    package var type = 0..<0
    package var message = 0..<0
    /// The native severity.
    package var severity = Severity.unknown

    private struct Field {
        var record: UInt64 = 0
        var value = CaptureRange.none
    }

    /// By number of a name (``RuleSet/fieldIndex(of:)``).
    private var fields: [Field]
    /// Number of the current record; a field of another one is absent.
    private var record: UInt64 = 1

    /// A subject for the rules of one set.
    package init(for rules: RuleSet) {
        fields = [Field](repeating: Field(), count: rules.fieldNames.count)
    }

    /// Forgets the record.
    package mutating func clear() {
        identifier = 0..<0
        unit = 0..<0
        messageID = 0..<0
        type = 0..<0
        message = 0..<0
        severity = .unknown
        record += 1
    }

    /// Sets a field that rules look at; the first value of a name stands.
    ///
    /// - Parameter index: from ``RuleSet/fieldIndex(of:)`` of the same set.
    package mutating func set(field index: Int, _ range: Range<Int>) {
        guard fields[index].record != record else { return }
        fields[index] = Field(record: record, value: CaptureRange(range))
    }

    /// A field's value; none where the record does not have it.
    func field(_ index: Int) -> CaptureRange {
        fields[index].record == record ? fields[index].value : .none
    }
}
