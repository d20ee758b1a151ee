import ArgumentParser
import Glibc
import Platform

/// Whether standard output is a terminal that wants colors (https://no-color.org).
func isColored() -> Bool {
    isatty(STDOUT_FILENO) == 1 && environment("NO_COLOR") == nil && environment("TERM") != "dumb"
}

/// An environment variable, unless it is empty.
func environment(_ name: String) -> String? {
    // The process changes no environment variables, so the text stays where it is while it is copied.
    guard let value = unsafe getenv(name) else { return nil }
    let text = unsafe String(cString: value)
    return text.isEmpty ? nil : text
}

/// Writes a line to standard output.
func printLine(_ text: String) throws { try write(Array((text + "\n").utf8)) }

/// Writes all bytes to standard output; a reader that went away ends the command quietly.
func write(_ bytes: [UInt8]) throws {
    switch outputFailure(writing: bytes) {
    case nil: return
    case EPIPE: throw ExitCode.success
    case let code?:
        complain("cannot write to standard output: \(systemMessage(code))")
        throw ExitStatus.inputOutput
    }
}

/// Writes all bytes to standard output.
///
/// - Returns: the system's error number; `nil` when all are written.
func outputFailure(writing bytes: [UInt8]) -> Int32? {
    var written = 0
    while written < bytes.count {
        let count = unsafe bytes.withUnsafeBytes { memory in
            // `written` is below the count of bytes.
            unsafe Glibc.write(STDOUT_FILENO, memory.baseAddress! + written, memory.count - written)
        }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return errno }
        written += count
    }
    return nil
}
