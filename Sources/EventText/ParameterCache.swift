import EventModel

/// Writes the parameters of events, and keeps those that come a second time in a batch as they were written: most of a
/// batch's events share most of their parameters, and a repeated one is then a copy of its bytes.
struct ParameterCache: Sendable {
    /// Longest pair that is kept, in bytes: a long text hardly ever comes twice.
    private static let maximumPairByteCount = 512
    /// Most bytes that are kept of one batch.
    private static let maximumByteCount = 1 << 20

    /// Where a parameter stands in `bytes`.
    private struct Pair {
        var start: UInt32 = 0
        /// Just past its last byte; zero when it is not kept.
        var end: UInt32 = 0
        var isText = true
        /// Whether it was written before.
        var wasWritten = false
    }

    private var bytes: [UInt8] = []
    /// By place in the batch's parameter table.
    private var pairs: [Pair] = []

    init() {}

    /// Forgets everything: places in another batch's table mean something else.
    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        pairs.removeAll(keepingCapacity: true)
    }

    /// Appends ` parameter.NAME="VALUE"` for each parameter, then their types if not all are text.
    mutating func append(of reader: borrowing BatchReader, to line: inout LineRoom) {
        while pairs.count < reader.parameterTable.count { pairs.append(Pair()) }
        var areTexts = true
        // Pairs that follow each other in the cache go out in one copy.
        var run = 0..<0
        for index in reader.parameters.indices {
            let place = reader.parameters[index]
            if place < pairs.count, pairs[place].end > 0 || (pairs[place].wasWritten && keep(place, of: reader)) {
                let pair = pairs[place]
                areTexts = areTexts && pair.isText
                if run.upperBound != Int(pair.start) {
                    line.append(copying: bytes.span.extracting(run))
                    run = Int(pair.start)..<Int(pair.end)
                } else {
                    run = run.lowerBound..<Int(pair.end)
                }
            } else {
                line.append(copying: bytes.span.extracting(run))
                run = 0..<0
                if place < pairs.count { pairs[place].wasWritten = true }
                let entry = reader.parameter(at: place)
                areTexts = areTexts && entry.value.typeLetter == UInt8(ascii: "t")
                Self.append(entry, of: reader, to: &line)
            }
        }
        line.append(copying: bytes.span.extracting(run))
        if !areTexts { Self.appendTypes(of: reader, to: &line) }
    }

    /// Writes the parameter at `place` of the table into the cache.
    ///
    /// - Returns: `false` when it is too long or the cache is full.
    private mutating func keep(_ place: Int, of reader: borrowing BatchReader) -> Bool {
        let entry = reader.parameterTable[place]
        var byteCount = Int(entry.name.count)
        if case .text(let text) = entry.value { byteCount += Int(text.count) }
        guard byteCount <= Self.maximumPairByteCount, bytes.count < Self.maximumByteCount else { return false }
        let start = bytes.count
        LineRoom.append(to: &bytes) { Self.append(entry, of: reader, to: &$0) }
        pairs[place] = Pair(
            start: UInt32(start), end: UInt32(bytes.count), isText: entry.value.typeLetter == UInt8(ascii: "t"))
        return true
    }

    private static func append(
        _ entry: BatchReader.ParameterEntry, of reader: borrowing BatchReader, to output: inout LineRoom
    ) {
        output.append(literal: " parameter.")
        ParameterName.write(reader.span(entry.name), to: &output)
        output.append(literal: "=\"")
        switch entry.value {
        case .text(let text): output.append(escaping: reader.span(text))
        case .integer(let number):
            if number.isNegative { output.append(UInt8(ascii: "-")) }
            output.append(digitsOf: number.magnitude)
        case .number(let number): output.append(copying: Array(number.description.utf8).span)
        case .boolean(let isTrue): output.append(literal: isTrue ? "true" : "false")
        case .time(let time):
            var stamp: [UInt8] = []
            time.append(to: &stamp, fraction: .microseconds)
            output.append(copying: stamp.span)
            output.append(UInt8(ascii: "Z"))
        }
        output.append(UInt8(ascii: "\""))
    }

    private static func appendTypes(of reader: borrowing BatchReader, to output: inout LineRoom) {
        output.append(literal: " parameterTypes=\"")
        for index in reader.parameters.indices {
            output.append(reader.parameter(at: reader.parameters[index]).value.typeLetter)
        }
        output.append(UInt8(ascii: "\""))
    }
}

extension BatchReader.Value {
    /// The letter in `parameterTypes`.
    fileprivate var typeLetter: UInt8 {
        switch self {
        case .text: UInt8(ascii: "t")
        case .integer: UInt8(ascii: "i")
        // What is not finite comes back as the text that it reads as.
        case .number(let number): number.isFinite ? UInt8(ascii: "n") : UInt8(ascii: "t")
        case .boolean: UInt8(ascii: "b")
        case .time: UInt8(ascii: "d")
        }
    }
}
