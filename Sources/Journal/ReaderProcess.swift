internal import CLinux
internal import Glibc
internal import Platform

/// A journal reader as a child process, with both ends of its pipes.
struct ReaderProcess: ~Copyable {
    /// Why a reader could not be started.
    struct SpawnError: Error, CustomStringConvertible {
        let executable: String
        let code: Int32

        var description: String { "cannot start the journal reader '\(executable)': \(systemMessage(code))" }
    }

    /// How a reader ended.
    struct Ending: Equatable, Sendable, CustomStringConvertible {
        /// Status as waitpid(2) answers it.
        let status: Int32
        /// The end of what it wrote to standard error.
        let lastWords: String

        var description: String {
            let signal = status & 0x7F
            let how = signal == 0 ? "exit status \(status >> 8 & 0xFF)" : "signal \(signal)"
            return lastWords.isEmpty ? how : "\(how), its last words: \(lastWords)"
        }
    }

    /// Bytes of standard error that are kept.
    private static let lastWordsByteCount = 2048
    /// Bytes that a pipe should hold, so that both sides work in large pieces.
    private static let pipeByteCount: Int32 = 1 << 20
    /// F_SETPIPE_SZ of fcntl(2), which Glibc leaves out.
    private static let setPipeSize: Int32 = 1031

    let identifier: pid_t
    /// Our end of its standard output.
    let output: Int32
    /// Our end of its standard error; -1 after it was closed there.
    private(set) var errors: Int32
    private let input: Int32
    private var lastWords: [UInt8] = []

    /// Starts a reader.
    ///
    /// - Parameter executable: path of `tributary`.
    init(executable: String) throws(SpawnError) {
        var pipes: [Int32] = []
        for _ in 0..<3 {
            var ends: [Int32] = [-1, -1]
            guard unsafe pipe(&ends) == 0 else {
                let code = errno
                for descriptor in pipes { close(descriptor) }
                throw SpawnError(executable: executable, code: code)
            }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            pipes += ends
        }
        _ = fcntl(pipes[2], Self.setPipeSize, Self.pipeByteCount)
        let (child, code) = Self.spawn(executable, input: pipes[0], output: pipes[3], errors: pipes[5])
        for end in [pipes[0], pipes[3], pipes[5]] { close(end) }
        guard code == 0 else {
            for end in [pipes[1], pipes[2], pipes[4]] { close(end) }
            throw SpawnError(executable: executable, code: code)
        }
        identifier = child
        input = pipes[1]
        output = pipes[2]
        errors = pipes[4]
        _ = fcntl(errors, F_SETFL, O_NONBLOCK)
    }

    private static func spawn(_ executable: String, input: Int32, output: Int32, errors: Int32) -> (pid_t, Int32) {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe _ = posix_spawn_file_actions_destroy(&actions) }
        // dup2 clears the flag that would close the descriptor.
        unsafe posix_spawn_file_actions_adddup2(&actions, input, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
        unsafe posix_spawn_file_actions_adddup2(&actions, errors, 2)
        // Libraries open descriptors without the flag that closes them here.
        _ = unsafe linux_close_from(&actions, 3)
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe _ = posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        // A backtrace of a crash in the library helps nobody and takes seconds.
        var environment = ["SWIFT_BACKTRACE=enable=no"]
        if let path = unsafe getenv("LD_LIBRARY_PATH") {
            environment.append(unsafe "LD_LIBRARY_PATH=" + String(cString: path))
        }
        var arguments: [UnsafeMutablePointer<CChar>?] = unsafe [strdup(executable), strdup("journal-reader"), nil]
        var variables: [UnsafeMutablePointer<CChar>?] = unsafe environment.map { unsafe strdup($0) }
        unsafe variables.append(nil)
        defer {
            unsafe arguments.forEach { unsafe free($0) }
            unsafe variables.forEach { unsafe free($0) }
        }
        var child: pid_t = 0
        // Both lists end with a null pointer and live until the call is over.
        let code = unsafe posix_spawn(&child, executable, &actions, &attributes, &arguments, &variables)
        return (child, code)
    }

    /// Sends a frame. A failure shows as the end of its output.
    func send(_ type: Wire.Request, _ content: [UInt8] = []) {
        var bytes: [UInt8] = []
        bytes.append(frame: type.rawValue, content)
        var written = 0
        while written < bytes.count {
            let result = unsafe bytes.withUnsafeBufferPointer { buffer in
                // `written` is below `count`.
                unsafe write(input, buffer.baseAddress! + written, buffer.count - written)
            }
            if result < 0, errno == EINTR { continue }
            guard result > 0 else { return }
            written += result
        }
    }

    /// Takes what it wrote to standard error, without waiting, and keeps the end of it.
    mutating func collectErrors() {
        var chunk = [UInt8](repeating: 0, count: 4096)
        while errors >= 0 {
            let count = unsafe read(errors, &chunk, chunk.count)
            if count < 0 { return }
            if count == 0 {
                close(errors)
                errors = -1
                return
            }
            lastWords = Array((lastWords + chunk[..<count]).suffix(Self.lastWordsByteCount))
        }
    }

    /// Ends it, whatever it does, and waits until it is gone.
    consuming func end() -> Ending {
        close(input)
        close(output)
        kill(identifier, SIGKILL)
        return reap()
    }

    /// Waits for a reader that ends by itself.
    consuming func reap() -> Ending {
        var status: Int32 = 0
        while unsafe waitpid(identifier, &status, 0) < 0, errno == EINTR {}
        collectErrors()
        if errors >= 0 { close(errors) }
        return Ending(
            status: status,
            lastWords: String(decoding: lastWords, as: UTF8.self).trimmed)
    }

    /// Closes our ends, so that it ends by itself, and waits.
    consuming func finish() -> Ending {
        close(input)
        close(output)
        return reap()
    }
}

extension String {
    /// Without spaces and line ends around it.
    fileprivate var trimmed: String {
        var rest = self[...]
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return String(rest.drop(while: \.isWhitespace))
    }
}
