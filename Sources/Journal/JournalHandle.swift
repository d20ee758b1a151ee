internal import CSystemd
internal import Glibc
internal import Platform

/// A call on the journal that failed.
struct JournalError: Error, Equatable, CustomStringConvertible {
    let operation: String
    /// The system's error number.
    let code: Int32

    var description: String {
        let remedy = code == EACCES ? " (add the service's user to the group 'systemd-journal')" : ""
        return "cannot \(operation) the journal: \(systemMessage(code))\(remedy)"
    }
}

/// An open journal of libsystemd. Opened, used and closed on one thread.
@safe final class JournalHandle {
    /// `nil` after ``letGo()``; the library answers every call with an error then.
    private var journal: OpaquePointer?
    private var views: JournalFileViews?

    /// Opens the place that the settings name.
    ///
    /// - Parameter files: these files instead.
    init(_ settings: JournalSettings, files: [String]? = nil) throws(JournalError) {
        var opened: OpaquePointer?
        let result: Int32
        if let files {
            result = unsafe Self.open(files: files, &opened)
        } else {
            switch (settings.place, settings.namespace) {
            case (.files(let paths), _): result = unsafe Self.open(files: paths, &opened)
            case (.directory(let path), _): result = unsafe sd_journal_open_directory(&opened, path, 0)
            case (.local, let namespace?):
                result = unsafe sd_journal_open_namespace(&opened, namespace, Int32(SD_JOURNAL_LOCAL_ONLY))
            case (.local, nil): result = unsafe sd_journal_open(&opened, Int32(SD_JOURNAL_LOCAL_ONLY))
            }
        }
        guard result >= 0, let opened = unsafe opened else { throw JournalError(operation: "open", code: -result) }
        unsafe journal = opened
        // Without it, a value over 64 KiB of a compressed field is cut silently.
        unsafe sd_journal_set_data_threshold(journal, 0)
        // From here on, the library watches the folders: files that are removed can be let go.
        _ = unsafe sd_journal_get_fd(journal)
    }

    deinit {
        letGo()
    }

    /// Whether it was not let go.
    var isOpen: Bool { unsafe journal != nil }

    /// Closes the files. As long as they are open, the room of those that are removed is not free.
    func letGo() {
        unsafe sd_journal_close(journal)
        unsafe journal = nil
        views = nil
    }

    private static func open(files: [String], _ opened: inout OpaquePointer?) -> Int32 {
        var paths: [UnsafePointer<CChar>?] = unsafe files.map { unsafe UnsafePointer(strdup($0)) }
        unsafe paths.append(nil)
        defer { unsafe paths.forEach { unsafe free(UnsafeMutablePointer(mutating: $0)) } }
        // The list ends with a null pointer, and the library copies the paths.
        return unsafe sd_journal_open_files(&opened, &paths, 0)
    }

    /// What poll(2) waits for.
    var descriptor: Int32 { unsafe sd_journal_get_fd(journal) }

    /// Milliseconds that poll(2) may wait; -1 for ever.
    var timeout: Int32 {
        var microseconds: UInt64 = 0
        guard unsafe sd_journal_get_timeout(journal, &microseconds) >= 0, microseconds != .max else { return -1 }
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        let now = UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1000
        return microseconds <= now ? 0 : Int32(clamping: (microseconds - now) / 1000 + 1)
    }

    /// Takes note of changed files.
    ///
    /// - Returns: whether files came or went.
    func process() -> Bool {
        unsafe sd_journal_process(journal) == Int32(SD_JOURNAL_INVALIDATE)
    }

    /// Moves to the next entry. Below zero: an error number.
    @inline(__always)
    func next() -> Int32 { unsafe sd_journal_next(journal) }

    /// When the current entry was written, in microseconds since the epoch; `nil` where it cannot be read.
    @inline(__always)
    func realtime() -> UInt64? {
        var microseconds: UInt64 = 0
        return unsafe sd_journal_get_realtime_usec(journal, &microseconds) >= 0 ? microseconds : nil
    }

    /// Moves back by `count` entries. Returns by how many; below zero: an error number.
    func previous(_ count: Int) -> Int32 { unsafe sd_journal_previous_skip(journal, UInt64(count)) }

    /// Moves to the entry before. Below zero: an error number.
    func previous() -> Int32 { unsafe sd_journal_previous(journal) }

    func seekHead() { _ = unsafe sd_journal_seek_head(journal) }
    func seekTail() { _ = unsafe sd_journal_seek_tail(journal) }

    func seek(realtime microseconds: UInt64) {
        _ = unsafe sd_journal_seek_realtime_usec(journal, microseconds)
    }

    func seekCurrentBoot() {
        var boot = sd_id128_t()
        guard unsafe sd_id128_get_boot(&boot) >= 0 else { return seekHead() }
        _ = unsafe sd_journal_seek_monotonic_usec(journal, boot, 0)
    }

    /// Only entries with this field, or another one of the same name that was given before.
    func match(_ field: String) { _ = unsafe sd_journal_add_match(journal, field, 0) }

    /// - Returns: whether the text is a cursor.
    func seek(cursor: String) -> Bool { unsafe sd_journal_seek_cursor(journal, cursor) >= 0 }

    /// Whether the current entry has this cursor.
    func test(cursor: String) -> Bool { unsafe sd_journal_test_cursor(journal, cursor) > 0 }

    /// The cursor of the current entry.
    func cursor() -> String? {
        unsafe withCursor { unsafe String(cString: $0) }
    }

    /// Lends the text of the current entry's cursor.
    @inline(__always)
    func withCursor<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result? {
        var text: UnsafeMutablePointer<CChar>?
        guard unsafe sd_journal_get_cursor(journal, &text) >= 0, let text = unsafe text else { return nil }
        // The library allocated it for us.
        defer { unsafe free(text) }
        return unsafe body(text)
    }

    /// Looks at the files that are read also beside the library.
    func view(_ files: some Sequence<String>, after last: JournalCursor) {
        views = JournalFileViews(files, after: last)
    }

    /// Lends each field of the current entry, which should have this number, to `body`.
    @inline(__always)
    func forEachField(
        of number: UInt64, _ sequence: JournalCursor.ID, realtime: UInt64, _ body: (UnsafePointer<UInt8>, Int) -> Void
    ) {
        if unsafe views?.forEachField(of: number, sequence, realtime: realtime, body) ?? false { return }
        _ = unsafe forEachField(body)
    }

    /// Lends each field of the current entry, `NAME=value`, for the duration of a call of `body`.
    ///
    /// - Returns: zero, or an error number below zero after which fields may be missing.
    @inline(__always)
    func forEachField(_ body: (UnsafePointer<UInt8>, Int) -> Void) -> Int32 {
        unsafe sd_journal_restart_data(journal)
        var failure: Int32 = 0
        while true {
            var data: UnsafeRawPointer?
            var byteCount = 0
            // Steps over a field that needs a compression this library was built without.
            let result = unsafe sd_journal_enumerate_available_data(journal, &data, &byteCount)
            if result == 0 { return failure }
            if result < 0 { return result }
            guard let data = unsafe data, byteCount > 0 else { continue }
            if byteCount > 768 << 20 {
                failure = -EMSGSIZE
                continue
            }
            unsafe body(data.assumingMemoryBound(to: UInt8.self), byteCount)
        }
    }
}
