internal import EventModel
internal import Glibc
internal import Platform

/// Journal files made by `systemd-journal-remote`, in a folder of their own that is removed with the fixture.
package final class JournalFixture: Sendable {
    /// One journal entry to be.
    package struct Entry: Sendable {
        /// Microseconds since the epoch.
        package var realtime: UInt64
        package var fields: [(name: String, value: [UInt8])]

        package init(realtime: UInt64, fields: [(name: String, value: [UInt8])]) {
            self.realtime = realtime
            self.fields = fields
        }

        /// The first value of a field.
        package func value(_ name: String) -> [UInt8]? {
            fields.first { $0.name == name }?.value
        }
    }

    /// A call that failed.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// Time of the first entry of generated ones.
    package static let start: UInt64 = 1_700_000_000_000_000

    /// The folder; the files are in it.
    package let directory: String

    /// Makes the folder.
    package init() throws {
        var template = Array("/tmp/tributary-journal-XXXXXX".utf8CString)
        // mkdtemp writes to the array's own bytes.
        guard unsafe mkdtemp(&template) != nil else { throw Failure(description: "mkdtemp: \(systemMessage(errno))") }
        directory = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        for name in (try? PosixFileSystem().list(directory)) ?? [] { unsafe unlink(directory + "/" + name) }
        unsafe rmdir(directory)
    }

    /// Path of a file of the folder.
    package func path(_ name: String) -> String { directory + "/" + name }

    /// Appends entries to a journal file, which is created when it is not there.
    ///
    /// - Parameter isCompact: whether a new file is of the compact kind; `nil` for what is usual.
    package func write(_ entries: [Entry], to name: String, isCompact: Bool? = nil) throws {
        let stream = path(name + ".export")
        try write(bytes: Self.export(entries), to: name + ".export")
        defer { unsafe _ = unlink(stream) }
        let kind = isCompact.map { ["SYSTEMD_JOURNAL_COMPACT=\($0 ? 1 : 0)"] } ?? []
        let status = try Self.run(
            "/usr/bin/env", kind + ["/lib/systemd/systemd-journal-remote", "--output=" + path(name), stream])
        guard status == 0 else { throw Failure(description: "systemd-journal-remote: status \(status)") }
    }

    /// Writes a file that may be anything.
    package func write(bytes: [UInt8], to name: String) throws {
        let file = try PosixFileSystem().open(path(name), .createOrUpdate, permissions: 0o644)
        defer { file.close() }
        try file.truncate(to: 0)
        try file.write(bytes.span, at: 0)
    }

    /// Cuts a file to a share of its size.
    package func truncate(_ name: String, toShare share: Double) throws {
        let file = try PosixFileSystem().open(path(name), .update, permissions: 0)
        defer { file.close() }
        try file.truncate(to: Int(Double(try file.status().byteCount) * share))
    }

    /// Overwrites a part of a file, from a share of its size on.
    package func overwrite(_ name: String, atShare share: Double, with bytes: [UInt8]) throws {
        let file = try PosixFileSystem().open(path(name), .update, permissions: 0)
        defer { file.close() }
        try file.write(bytes.span, at: Int(Double(try file.status().byteCount) * share) & ~4095)
    }

    /// Breaks the chain of arrays that lists a file's entries: one array, usually the second, is no array any more.
    package func damageEntryList(_ name: String, array: Int = 1) throws {
        let file = try PosixFileSystem().open(path(name), .update, permissions: 0)
        defer { file.close() }
        func number(at offset: Int) throws -> Int {
            var bytes: [UInt8] = []
            _ = try file.read(at: offset, count: 8, appendingTo: &bytes)
            return bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        // The header has the first array's offset at 176; an array has its type at 0, the next one's offset at 16.
        var place = try number(at: 176)
        for _ in 0..<array { place = place > 0 ? try number(at: place + 16) : 0 }
        guard place > 0 else { throw Failure(description: "\(name) has at most \(array) arrays of entries") }
        try file.write([0xFF].span, at: place)
    }

    /// Numbers the entries of several files with one counter, in turn, as journald does it for the files of a host.
    ///
    /// - Parameter repeats: give each file the same numbers: a journald that crashed may count on from an older one.
    package func shareCounter(_ names: [String], repeats: Bool = false) throws {
        // The header has the counter's id at 72, its own size at 88, the numbers of the last and of the first entry at
        // 160 and 168. An object has its type at 0, its size at 8; an entry, of type 3, its number at 16.
        var counter: [UInt8] = []
        for (index, name) in names.enumerated() {
            guard var bytes = try PosixFileSystem().contents(of: path(name), limit: 1 << 28) else { continue }
            func number(at offset: Int) -> Int { bytes[offset..<offset + 8].reversed().reduce(0) { $0 << 8 | Int($1) } }
            func set(_ number: Int, at offset: Int) {
                for place in 0..<8 { bytes[offset + place] = UInt8(truncatingIfNeeded: number >> (8 * place)) }
            }
            if index == 0 { counter = Array(bytes[72..<88]) }
            bytes.replaceSubrange(72..<88, with: counter)
            var next = repeats ? 1 : 1 + index
            set(next, at: 168)
            var offset = number(at: 88)
            while offset + 24 <= bytes.count, number(at: offset + 8) > 0 {
                if bytes[offset] == 3 {
                    set(next, at: offset + 16)
                    set(next, at: 160)
                    next += repeats ? 1 : names.count
                }
                offset += (number(at: offset + 8) + 7) & ~7
            }
            try write(bytes: bytes, to: name)
        }
    }

    package func remove(_ name: String) throws {
        try PosixFileSystem().remove(path(name))
    }

    /// Entries in the journal export format: a value with other bytes than text has its length in front.
    package static func export(_ entries: [Entry]) -> [UInt8] {
        var bytes: [UInt8] = []
        for entry in entries {
            bytes += Array("__REALTIME_TIMESTAMP=\(entry.realtime)\n".utf8)
            bytes += Array("__MONOTONIC_TIMESTAMP=\(entry.realtime - start + 1_000_000)\n".utf8)
            let boot = entry.value("_BOOT_ID").map { String(decoding: $0, as: UTF8.self) }
            bytes += Array("_BOOT_ID=\(boot ?? "0123456789abcdef0123456789abcdef")\n".utf8)
            for (name, value) in entry.fields where name != "_BOOT_ID" {
                bytes += Array(name.utf8)
                if !value.isEmpty, value.contains(where: { $0 < 0x20 || $0 >= 0x7F }) {
                    bytes.append(0x0A)
                    for shift in stride(from: 0, to: 64, by: 8) {
                        bytes.append(UInt8(truncatingIfNeeded: value.count >> shift))
                    }
                } else {
                    bytes.append(0x3D)
                }
                bytes += value
                bytes.append(0x0A)
            }
            bytes.append(0x0A)
        }
        return bytes
    }

    /// A plain entry of a service, a millisecond after the one with the number before.
    package static func entry(_ number: Int, unit: String = "app.service", message: String? = nil) -> Entry {
        let name = String(unit.prefix { $0 != "." })
        return Entry(
            realtime: start + UInt64(number) * 1000,
            fields: [
                ("MESSAGE", Array((message ?? "message \(number)").utf8)), ("PRIORITY", Array("6".utf8)),
                ("_TRANSPORT", Array("syslog".utf8)), ("SYSLOG_IDENTIFIER", Array(name.utf8)),
                ("_SYSTEMD_UNIT", Array(unit.utf8)), ("_HOSTNAME", Array("host1".utf8)),
                ("_PID", Array("\(1000 + number % 7)".utf8)), ("SYSLOG_FACILITY", Array("3".utf8)),
                ("NUMBER", Array("\(number)".utf8)),
            ])
    }

    /// An entry that is made to break parsers, as `number` and `random` have it. Its field `NUMBER` is the number.
    package static func hostileEntry(_ number: Int, using random: inout some RandomNumberGenerator) -> Entry {
        var entry = entry(number)
        let messages: [[UInt8]?] = [
            Array("line one\nline two\r\n\n".utf8), [0x61, 0x00, 0x62, 0x00],
            Array("\u{1B}[2J\u{1B}]0;title\u{07}".utf8),
            Array("a\u{85}b\u{9B}31mc".utf8), Array("a\u{2028}b\u{2029}c".utf8), [0xFF, 0xFE, 0x80, 0x41, 0xC3],
            [0xED, 0xA0, 0x80], Array("say \"no\" and \\".utf8), Array("\\\"".utf8), Array("trailing \\".utf8),
            [], nil, Array("2013-06-10T11:13:31.000-06:00 severity=\"INFO\" code=\"0x0dffffff\" id=\"1\"".utf8),
            Array("<13>1 2020-01-01T00:00:00Z h a p m - forged\n<13>again".utf8), Array("=".utf8), Array("é".utf8),
            (0..<Int.random(in: 1...3000, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) },
        ]
        entry.fields.removeAll { $0.name == "MESSAGE" }
        if let message = messages[number % messages.count] { entry.fields.append(("MESSAGE", message)) }
        switch number % 23 {
        case 0: entry.fields.append(("PRIORITY2", Array("x".utf8)))
        case 1: entry.fields.removeAll { $0.name == "PRIORITY" }
        case 2:
            entry.fields.removeAll { $0.name == "PRIORITY" }
            entry.fields.append(("PRIORITY", Array("9".utf8)))
        case 3: for index in 0..<300 { entry.fields.append(("FIELD_\(index)", Array("value \(index)".utf8))) }
        case 4: for index in 0..<3 { entry.fields.append(("REPEATED", Array("value \(number) \(index)".utf8))) }
        case 5: entry.fields.append(("BINARY", (0...255).map { UInt8($0) }))
        default: break
        }
        return entry
    }

    /// Runs a program to its end, with nothing on its standard input and its words thrown away.
    ///
    /// - Returns: its status as waitpid(2) has it.
    private static func run(_ executable: String, _ arguments: [String]) throws -> Int32 {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe _ = posix_spawn_file_actions_destroy(&actions) }
        for descriptor: Int32 in 0...2 {
            unsafe posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
        }
        var words: [UnsafeMutablePointer<CChar>?] = unsafe ([executable] + arguments).map { unsafe strdup($0) }
        unsafe words.append(nil)
        defer { unsafe words.forEach { unsafe free($0) } }
        var child: pid_t = 0
        // The list ends with a null pointer and lives until the call is over.
        let code = unsafe posix_spawn(&child, executable, &actions, nil, &words, environ)
        guard code == 0 else { throw Failure(description: "\(executable): \(systemMessage(code))") }
        var status: Int32 = 0
        while unsafe waitpid(child, &status, 0) < 0, errno == EINTR {}
        return status
    }
}
