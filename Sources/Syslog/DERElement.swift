internal import EventModel

/// An element of DER, ITU-T X.690, section 8.1: tag, length, content.
struct DERElement {
    /// One byte; longer tags do not occur in certificates.
    let tag: UInt8
    /// Where its content lies in the bytes that it was read from.
    let content: Range<Int>

    /// The elements that follow each other in `bytes`, up to the first that does not fit.
    static func all(in bytes: Span<UInt8>) -> [DERElement] {
        var elements: [DERElement] = []
        var index = 0
        while let element = element(at: index, of: bytes) {
            elements.append(element)
            index = element.content.upperBound
        }
        return elements
    }

    private static func element(at index: Int, of bytes: Span<UInt8>) -> DERElement? {
        guard index + 2 <= bytes.count else { return nil }
        var start = index + 2
        var length = Int(bytes[index + 1])
        if length >= 0x80 {
            let digits = length & 0x7F
            guard (1...3).contains(digits), start + digits <= bytes.count else { return nil }
            length = 0
            for _ in 0..<digits {
                length = length << 8 | Int(bytes[start])
                start += 1
            }
        }
        guard start + length <= bytes.count else { return nil }
        return DERElement(tag: bytes[index], content: start..<start + length)
    }
}

/// Reads a name, RFC 5280, section 4.1.2.4: a list of sets of pairs of an attribute and its value.
enum DistinguishedName {
    /// Attributes that stand for a name, the best first: common name 2.5.4.3, organization 2.5.4.10, its unit 2.5.4.11.
    private static let attributes: [UInt8] = [3, 10, 11]

    /// Its common name, else its organization, else the unit of that; `unknown` without any.
    static func text(_ name: Span<UInt8>) -> String {
        var found: [UInt8: String] = [:]
        for set in DERElement.all(in: name) {
            let pairs = name.extracting(set.content)
            for pair in DERElement.all(in: pairs) {
                let parts = pairs.extracting(pair.content)
                let elements = DERElement.all(in: parts)
                guard elements.count == 2, elements[0].content.count == 3,
                    parts[elements[0].content.lowerBound] == 0x55,
                    parts[elements[0].content.lowerBound + 1] == 0x04
                else { continue }
                let attribute = parts[elements[0].content.lowerBound + 2]
                found[attribute] = String(
                    decoding: Array(copying: parts.extracting(elements[1].content)), as: UTF8.self)
            }
        }
        return attributes.compactMap { found[$0] }.first ?? "unknown"
    }
}
