/// Why bytes are no JSON, or more of it than is read.
package struct JSONError: Error, Equatable, CustomStringConvertible {
    package enum Problem: Equatable, Sendable {
        /// Something else than this is there.
        case expected(String)
        /// An object has a name for the second time.
        case repeatedName(String)
        /// More bytes than are read.
        case tooLong(byteCount: Int, limit: Int)
        /// Arrays and objects within each other, more than are read.
        case tooDeep(limit: Int)
        /// More values than are read.
        case tooManyValues(limit: Int)
    }

    package let problem: Problem
    /// Bytes from the beginning, from 0.
    package let offset: Int
    /// From 1.
    package let line: Int
    /// In bytes, from 1.
    package let column: Int

    init(_ problem: Problem, at offset: Int, of text: Span<UInt8>) {
        self.problem = problem
        self.offset = offset
        var line = 1
        var lineStart = 0
        for index in 0..<min(offset, text.count) where text[index] == 0x0A {
            line += 1
            lineStart = index + 1
        }
        self.line = line
        column = offset - lineStart + 1
    }

    package var description: String {
        switch problem {
        case .expected(let what): "\(line):\(column): \(what) expected"
        case .repeatedName(let name): "\(line):\(column): name \(name) comes a second time in the object"
        case .tooLong(let byteCount, let limit): "JSON has \(byteCount) bytes, more than the \(limit) that are read"
        case .tooDeep(let limit): "\(line):\(column): more than \(limit) arrays and objects within each other"
        case .tooManyValues(let limit): "\(line):\(column): more than \(limit) values"
        }
    }
}
