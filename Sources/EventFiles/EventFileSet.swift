package import EventModel
package import Platform

/// Files of events to be read, in the order of their events.
package struct EventFileSet: Sendable {
    /// One of them.
    struct File: Sendable {
        private enum Content: Sendable {
            /// Open since the folder was listed, so that a rotation meanwhile takes nothing away.
            case opened(ByteInput)
            /// A rotated file's path. It may be compressed or removed meanwhile.
            case rotated(String)
        }

        private let content: Content

        init(_ input: ByteInput) {
            content = .opened(input)
        }

        init(rotated path: String) {
            content = .rotated(path)
        }

        /// The bytes; `nil` for a rotated file that has gone.
        func open() throws(FileError) -> ByteInput? {
            switch content {
            case .opened(let input): return input
            case .rotated(let path):
                if let input = try Self.open(path) { return input }
                return try Self.open(path + ".gz")
            }
        }

        private static func open(_ path: String) throws(FileError) -> ByteInput? {
            do {
                return try ByteInput(path)
            } catch  where error.isNoSuchFile {
                return nil
            }
        }
    }

    /// How much later than its file was closed an event may have happened, by clocks that are ahead: one day, in
    /// microseconds.
    private static let slack: Int64 = 86_400_000_000

    /// The files, oldest first.
    private(set) var files: [File] = []
    /// Files that cannot be opened, and why.
    package private(set) var problems: [FileError] = []
    /// Bytes in all of them, as they lie on disk.
    package private(set) var byteCount = 0

    /// The files that paths name. The path of a sink's file stands for its rotated siblings too.
    ///
    /// - Parameters:
    ///   - paths: `-` is standard input.
    ///   - since: siblings that were closed more than a day before are left out. There is no such bound at the other
    ///     end: sources come late with some events, so that a new file may hold old ones.
    package init(_ paths: [String], since: Timestamp? = nil) {
        for path in paths {
            guard path != "-" else {
                files.append(File(.standardInput()))
                continue
            }
            do throws(FileError) {
                try add(path, since)
            } catch { problems.append(error) }
        }
    }

    private mutating func add(_ path: String, _ since: Timestamp?) throws(FileError) {
        let active: ByteInput?
        let status: FileStatus?
        do throws(FileError) {
            let input = try ByteInput(path)
            (active, status) = (input, try input.status())
        } catch {
            guard error.isNoSuchFile, hasRotatedFiles(path) else { throw error }
            (active, status) = (nil, nil)
        }
        for (rotated, sibling) in Self.rotatedFiles(of: path) {
            if let since, rotated.closed + Self.slack < since.microseconds { continue }
            // What was opened above has been rotated since.
            guard let found = try? PosixFileSystem().status(of: sibling), found.identity != status?.identity else {
                continue
            }
            files.append(File(rotated: sibling))
            byteCount += found.byteCount
        }
        if let active { files.append(File(active)) }
        byteCount += status?.byteCount ?? 0
    }

    private func hasRotatedFiles(_ path: String) -> Bool { !Self.rotatedFiles(of: path).isEmpty }

    /// The rotated files of a sink's file, oldest first. One that is there plain and compressed counts once. A folder
    /// that must not be listed has none.
    private static func rotatedFiles(of path: String) -> [(name: RotatedName, path: String)] {
        let directory = String(path.prefix(path.utf8.count - lastComponent(of: path).utf8.count))
        let base = lastComponent(of: path)
        var found: [UInt64: (name: RotatedName, path: String)] = [:]
        for name in (try? PosixFileSystem().list(parentDirectory(of: path))) ?? [] {
            guard let rotated = RotatedName(name, base: base) else { continue }
            if let other = found[rotated.number], other.name.isCompressed { continue }
            found[rotated.number] = (rotated, directory + name)
        }
        return found.values.sorted { $0.name.number < $1.name.number }
    }
}
