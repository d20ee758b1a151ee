import EventModel

/// A key with a number in it: `associatedObject.N.type`, `.id`, `.name` or `tag.N`.
struct NumberedKey {
    enum Subject {
        case object, tag
    }

    /// Numbers are below this.
    static let indexLimit = 65_536

    let subject: Subject
    let index: Int
    /// Of an object: type 0, id 1, name 2. Of a tag: 0.
    let part: Int

    /// - Returns: `nil` for any other key, a number with a zero in front included.
    /// - Throws: ``EventLineError`` for a number that is too large.
    init?(_ key: Span<UInt8>, offset: Int) throws(EventLineError) {
        let digits: Span<UInt8>
        if key.hasPrefix("tag.") {
            (subject, part) = (.tag, 0)
            digits = key.extracting(4..<key.count)
        } else if key.hasPrefix("associatedObject.") {
            subject = .object
            var end = 17
            while end < key.count, key[end] != UInt8(ascii: ".") { end += 1 }
            let name = key.extracting(end..<key.count)
            if name.isEqual(to: ".type") {
                part = 0
            } else if name.isEqual(to: ".id") {
                part = 1
            } else if name.isEqual(to: ".name") {
                part = 2
            } else {
                return nil
            }
            digits = key.extracting(17..<end)
        } else {
            return nil
        }
        guard let number = WholeNumber(parsing: digits), !number.isNegative,
            digits[0] != UInt8(ascii: "0") || digits.count == 1, digits[0] != UInt8(ascii: "-")
        else { return nil }
        guard number.magnitude < UInt64(Self.indexLimit) else {
            throw .unexpected(offset: offset, expected: "number below \(Self.indexLimit) in a key")
        }
        index = Int(number.magnitude)
    }
}

/// The values of numbered keys, which may come in any order.
struct NumberedTexts {
    private struct Entry {
        let index: Int
        let part: Int
        let text: Text
        let offset: Int
    }

    private let key: String
    private let partCount: Int
    private var entries: [Entry] = []

    /// - Parameters:
    ///   - key: what stands before the number.
    ///   - partCount: how many texts a number has.
    init(key: String, partCount: Int) {
        self.key = key
        self.partCount = partCount
    }

    mutating func append(_ text: Text, index: Int, part: Int, offset: Int) {
        entries.append(Entry(index: index, part: part, text: text, offset: offset))
    }

    /// The texts by number, from 0 on; a part that did not come is empty.
    ///
    /// - Throws: ``EventLineError`` when a number is left out or a key came twice. Nothing is reserved for
    ///   a number before all smaller ones were seen.
    func rows() throws(EventLineError) -> [[Text]] {
        var rows: [[Text]] = []
        var previous: Entry?
        for entry in entries.sorted(by: { ($0.index, $0.part) < ($1.index, $1.part) }) {
            if let previous, previous.index == entry.index, previous.part == entry.part {
                throw .repeated(offset: max(previous.offset, entry.offset), key: Text("\(key).\(entry.index)"))
            }
            guard entry.index <= rows.count else { throw .gap(key: key, index: rows.count) }
            if entry.index == rows.count { rows.append([Text](repeating: .empty, count: partCount)) }
            rows[entry.index][entry.part] = entry.text
            previous = entry
        }
        return rows
    }
}
