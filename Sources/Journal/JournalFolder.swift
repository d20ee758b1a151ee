internal import CSystemd
internal import EventModel
internal import Glibc
internal import Platform

/// A file that a journal consists of.
///
/// Its name says little: journald renames the file it writes to when that is full, and a new one gets the name.
struct JournalFile: Equatable, Sendable {
    let path: String
    let identity: FileIdentity
}

/// Which files a journal should consist of, and which of them libsystemd holds open.
enum JournalFolder {
    /// All journal files of a place that are there.
    static func presentFiles(_ settings: JournalSettings) -> [JournalFile] {
        files(settings).compactMap { path in identity(of: path).map { JournalFile(path: path, identity: $0) } }
    }

    /// What this process holds open, journal files or not.
    static func openIdentities() -> Set<FileIdentity> {
        let names = (try? PosixFileSystem().list("/proc/self/fd")) ?? []
        return Set(names.compactMap { identity(of: "/proc/self/fd/" + $0) })
    }

    /// Whether a file still has its name: what was found out by the name is about it then.
    static func isThere(_ file: JournalFile) -> Bool { identity(of: file.path) == file.identity }

    private static func identity(of path: String) -> FileIdentity? {
        (try? PosixFileSystem().status(of: path))??.identity
    }

    /// Paths of all journal files of a place.
    static func files(_ settings: JournalSettings) -> [String] {
        switch settings.place {
        case .files(let paths): return paths
        case .directory(let path):
            let names = (try? PosixFileSystem().list(path)) ?? []
            let machines = names.filter { $0.utf8.count >= 32 && $0.utf8.prefix(32).allSatisfy(isHexadecimal) }
            return ([path] + machines.map { path + "/" + $0 }).flatMap(journals)
        case .local:
            let name = machine() + (settings.namespace.map { "." + $0 } ?? "")
            return ["/var/log/journal/", "/run/log/journal/"].flatMap { journals(in: $0 + name) }
        }
    }

    /// Whether there is a journal of which this process may read nothing. The library takes it for an empty one.
    static func isForbidden(_ settings: JournalSettings) -> Bool {
        let files = files(settings)
        if !files.isEmpty { return files.allSatisfy(isForbidden) }
        guard case .directory(let path) = settings.place else { return false }
        return isForbidden(path)
    }

    private static func isForbidden(_ path: String) -> Bool {
        unsafe access(path, R_OK) != 0 && errno == EACCES
    }

    /// Paths of the files that this process holds open, with every link followed.
    static func openFiles() -> Set<String> {
        let names = (try? PosixFileSystem().list("/proc/self/fd")) ?? []
        return Set(names.compactMap { target(of: "/proc/self/fd/" + $0) })
    }

    /// Whether the journal files that this process holds open number their entries with one counter.
    static func haveOpenFilesOneCounter() -> Bool {
        var counters: Set<JournalCursor.ID> = []
        // One that was removed has another name here, and cannot be looked at.
        for path in openFiles() where path.contains(".journal") {
            switch JournalFileHeader.read(path) {
            case .header(let header): counters.insert(header.sequence)
            case .empty, .foreign, .unreachable: return false
            }
        }
        return counters.count == 1
    }

    private static func journals(in directory: String) -> [String] {
        let names = (try? PosixFileSystem().list(directory)) ?? []
        return names.filter { $0.hasSuffix(".journal") || $0.hasSuffix(".journal~") }.map { directory + "/" + $0 }
            .sorted()
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
    }

    private static func machine() -> String {
        var id = sd_id128_t()
        guard unsafe sd_id128_get_machine(&id) >= 0 else { return "" }
        return hexadecimal(id)
    }

    /// The running boot's id; empty when it is not known.
    static func currentBoot() -> String {
        var id = sd_id128_t()
        guard unsafe sd_id128_get_boot(&id) >= 0 else { return "" }
        return hexadecimal(id)
    }

    private static func hexadecimal(_ id: sd_id128_t) -> String {
        var text: [UInt8] = []
        unsafe withUnsafeBytes(of: id) { bytes in
            unsafe bytes.forEach { text.append(hexadecimal: UInt64($0), digitCount: 2) }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func target(of link: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe buffer.withUnsafeMutableBytes { bytes in
            // At most the buffer's size is written.
            unsafe readlink(link, bytes.baseAddress!.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }
}
