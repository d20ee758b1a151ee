/// A number in a filter, or a parameter's value read as one.
///
/// Whole numbers compare exactly; anything else compares as a floating-point number.
package struct FilterNumber: Equatable, Sendable {
    /// Longest text that is read as a number, in bytes.
    private static let maximumByteCount = 64

    private let whole: WholeNumber?
    private let approximate: Double

    package init(_ whole: WholeNumber) {
        self.whole = whole
        approximate = whole.isNegative ? -Double(whole.magnitude) : Double(whole.magnitude)
    }

    package init(_ number: Double) {
        whole = nil
        approximate = number
    }

    /// Reads decimal digits with a sign, a fraction and an exponent; `nil` for anything else, `nan` and `inf` included.
    package init?(parsing text: Span<UInt8>) {
        if let whole = WholeNumber(parsing: text) {
            self.init(whole)
            return
        }
        guard text.count > 0, text.count <= Self.maximumByteCount else { return nil }
        for index in text.indices {
            switch text[index] {
            case 0x30...0x39, UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "e"),
                UInt8(ascii: "E"):
                continue
            default: return nil
            }
        }
        guard let number = Double(String(decoding: Array(copying: text), as: UTF8.self)), number.isFinite else {
            return nil
        }
        self.init(number)
    }

    /// The digits, as ``init(parsing:)`` reads them back.
    package var text: String {
        guard let whole else { return "\(approximate)" }
        var bytes: [UInt8] = []
        whole.append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Below zero, zero or above as this number is less than, equal to or greater than `other`.
    package func order(to other: FilterNumber) -> Int {
        guard let left = whole, let right = other.whole else {
            return approximate < other.approximate ? -1 : approximate > other.approximate ? 1 : 0
        }
        if left.isNegative != right.isNegative { return left.isNegative ? -1 : 1 }
        let order = left.magnitude < right.magnitude ? -1 : left.magnitude > right.magnitude ? 1 : 0
        return left.isNegative ? -order : order
    }
}
