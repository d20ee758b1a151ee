import Glibc
import Platform
import Synchronization

/// Where `tributary query` prints: results on standard output, and on a terminal how far it is on standard error.
final class QueryOutput: Sendable {
    private struct State {
        /// Whether a line about progress stands on the terminal.
        var showsProgress = false
        var isFinished = false
        var failure: Int32?
    }

    private static let clearedLine = Array("\r\u{1B}[K".utf8)

    private let state = Mutex(State())
    private let isTerminal: Bool

    /// - Parameters:
    ///   - isTerminal: whether standard output is one. Once results are on it, progress would stand between them.
    ///   - byteCount: of all files.
    ///   - readByteCount: how many of these were read.
    init(isTerminal: Bool, byteCount: Int, readByteCount: @escaping @Sendable () -> Int) {
        self.isTerminal = isTerminal
        guard isatty(STDERR_FILENO) == 1, byteCount > 0 else { return }
        startThread(name: "progress") { [weak self] in
            sleep(1)
            while self?.showProgress(readByteCount(), of: byteCount) == true { usleep(200_000) }
        }
    }

    /// The system's error number of a write that failed, but for a reader that wants no more.
    var failure: Int32? { state.withLock { $0.failure == EPIPE ? nil : $0.failure } }

    /// Prints results.
    ///
    /// - Returns: whether more may be printed.
    func write(_ bytes: [UInt8]) -> Bool {
        state.withLock { state in
            guard state.failure == nil else { return false }
            if isTerminal {
                Self.clear(&state)
                state.isFinished = true
            }
            state.failure = Self.write(bytes, to: STDOUT_FILENO)
            return state.failure == nil
        }
    }

    /// Takes the line about progress away.
    func finish() {
        state.withLock { state in
            Self.clear(&state)
            state.isFinished = true
        }
    }

    /// - Returns: whether it should be called again.
    private func showProgress(_ readByteCount: Int, of byteCount: Int) -> Bool {
        state.withLock { state in
            guard !state.isFinished else { return false }
            state.showsProgress = true
            let percent = min(100, readByteCount * 100 / byteCount)
            let text = "\(percent) % of \(byteCount >> 20) MiB"
            return Self.write(Self.clearedLine + Array(text.utf8), to: STDERR_FILENO) == nil
        }
    }

    private static func clear(_ state: inout State) {
        guard state.showsProgress else { return }
        state.showsProgress = false
        _ = write(clearedLine, to: STDERR_FILENO)
    }

    /// - Returns: the system's error number.
    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32? {
        unsafe bytes.withUnsafeBytes { memory in
            var written = 0
            while written < memory.count {
                // `written` is below the count of bytes.
                let count = unsafe Glibc.write(descriptor, memory.baseAddress! + written, memory.count - written)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return errno }
                written += count
            }
            return nil
        }
    }
}
