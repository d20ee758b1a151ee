internal import Glibc

/// Bytes that are read from their beginning to their end: a file, a pipe, standard input. Calls block.
package final class ByteInput: Sendable {
    private let descriptor: Int32
    private let ownsDescriptor: Bool

    /// The path that it was opened by, or `standard input`.
    package let name: String

    /// Opens a file.
    package init(_ path: String) throws(FileError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("open", path, code: errno) }
        // Only advice: the system may read ahead.
        _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
        self.descriptor = descriptor
        ownsDescriptor = true
        name = path
    }

    private init(standard descriptor: Int32, name: String) {
        self.descriptor = descriptor
        ownsDescriptor = false
        self.name = name
    }

    /// The process's standard input, which stays open.
    package static func standardInput() -> ByteInput {
        ByteInput(standard: STDIN_FILENO, name: "standard input")
    }

    deinit {
        if ownsDescriptor { close(descriptor) }
    }

    /// Reads once what there is, into `buffer` from `start` on; its count stays.
    ///
    /// - Returns: number of bytes; 0 at the end.
    package func read(into buffer: inout [UInt8], from start: Int = 0) throws(FileError) -> Int {
        let count = unsafe buffer.withUnsafeMutableBytes { memory in
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[start...])
            while true {
                // The call fills at most the count of bytes that the memory has.
                let count = unsafe Glibc.read(descriptor, rest.baseAddress, rest.count)
                if count >= 0 || errno != EINTR { return count }
            }
        }
        guard count >= 0 else { throw FileError("read", name, code: errno) }
        return count
    }

    /// What the file is; of a pipe, what the system says.
    package func status() throws(FileError) -> FileStatus {
        try fileStatus(descriptor: descriptor, path: "", name: name)
    }
}
