/// What a placeholder caught: a range of the bytes that hold the record.
package struct CaptureRange: Equatable, Sendable {
    private let start: Int32
    private let end: Int32

    /// Nothing was caught.
    package static let none = CaptureRange(unchecked: -1, -1)

    private init(unchecked start: Int32, _ end: Int32) {
        self.start = start
        self.end = end
    }

    /// A range of bytes, below 2 GiB.
    package init(_ range: Range<Int>) {
        start = Int32(truncatingIfNeeded: range.lowerBound)
        end = Int32(truncatingIfNeeded: range.upperBound)
    }

    /// Whether nothing was caught, or an empty text.
    package var isEmpty: Bool { start >= end }

    /// The range; empty where nothing was caught.
    package var range: Range<Int> { isEmpty ? 0..<0 : Int(start)..<Int(end) }
}
