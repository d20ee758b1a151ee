import EventModel
import Glibc
import Logging
import Pipeline
import TestSupport

@testable import Journal

/// Keeps what a source hands over, and lets a test wait for it or hold it back.
actor BatchCollector: BatchAcceptor {
    private(set) var batches: [Batch] = []
    private(set) var events: [Event] = []
    private var limit = Int.max
    private var waiting: [(isDone: (BatchCollector) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []
    private var held: [CheckedContinuation<Void, Never>] = []

    @discardableResult
    func accept(_ batch: consuming Batch) async throws -> AcceptanceTicket {
        let batch = batch
        var reader = BatchReader(batch.payload)
        while try reader.next() { events.append(reader.event()) }
        batches.append(batch)
        let met = waiting.filter { $0.isDone(self) }
        waiting.removeAll { $0.isDone(self) }
        for waiter in met { waiter.continuation.resume() }
        if batches.count >= limit { await withCheckedContinuation { held.append($0) } }
        return AcceptanceTicket(number: UInt64(batches.count))
    }

    func waitUntilDurable(_ position: AcceptanceTicket) async throws {}

    /// The last cursor that was handed over.
    var cursor: Cursor? { batches.last { $0.cursor != nil }?.cursor }

    var counts: SourceCounts { batches.reduce(SourceCounts()) { $0 + $1.counts } }

    /// Events that stand for entries, and those that stand for none.
    var entries: [Event] { events.filter { $0.kind != "Software.Log.Gap" } }
    var notes: [Event] { events.filter { $0.kind == "Software.Log.Gap" } }

    /// Suspends the source after so many batches in all.
    func hold(afterBatches count: Int) { limit = count }

    func release() {
        limit = .max
        for continuation in held { continuation.resume() }
        held = []
    }

    /// Returns as soon as the condition holds after a batch.
    func wait(until isDone: @escaping @Sendable (isolated BatchCollector) -> Bool) async {
        let check: (BatchCollector) -> Bool = { collector in collector.assumeIsolated { isDone($0) } }
        if check(self) { return }
        await withCheckedContinuation { waiting.append((check, $0)) }
    }
}

/// The program under test, which is built beside the tests.
let executable: String = {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = unsafe buffer.withUnsafeMutableBytes { bytes in
        unsafe readlink("/proc/self/exe", bytes.baseAddress!.assumingMemoryBound(to: CChar.self), bytes.count)
    }
    let own = String(decoding: buffer[..<max(count, 0)], as: UTF8.self)
    return own.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/tributary"
}()

/// A source over a fixture's folder that reads from the beginning.
///
/// - Parameter reader: the program that reads; `nil` for Tributary itself, by a name that tells whose readers are whose.
func source(
    _ fixture: JournalFixture, reader: String? = nil, _ change: (inout JournalSettings) -> Void = { _ in }
) -> JournalSource {
    let link = fixture.path("tributary")
    if reader == nil { unsafe _ = symlink(executable, link) }
    var settings = JournalSettings()
    settings.place = .directory(fixture.directory)
    settings.start = .beginning
    change(&settings)
    return JournalSource(
        name: "journal", settings: settings, executable: reader ?? link,
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
}

/// Process ids of a fixture's readers. Other suites have children, and readers, at the same time.
func readers(of fixture: JournalFixture) -> [pid_t] {
    let children = (try? String(decoding: readAll("/proc/\(getpid())/task"), as: UTF8.self)) ?? ""
    return children.split(separator: " ").compactMap { pid_t($0) }.filter { child in
        let descriptor = unsafe open("/proc/\(child)/cmdline", O_RDONLY)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var chunk = [UInt8](repeating: 0, count: 4096)
        let count = unsafe read(descriptor, &chunk, chunk.count)
        return String(decoding: chunk[..<max(count, 0)], as: UTF8.self).hasPrefix(fixture.path("tributary"))
    }
}

/// Number of journal files that a process has open.
func openJournals(of process: pid_t) -> Int {
    var count = 0
    guard let stream = unsafe opendir("/proc/\(process)/fd") else { return 0 }
    defer { unsafe _ = closedir(stream) }
    while let entry = unsafe readdir(stream) {
        let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
            unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        var target = [CChar](repeating: 0, count: 4096)
        let length = unsafe readlink("/proc/\(process)/fd/\(name)", &target, target.count - 1)
        if length > 0 {
            let path = String(decoding: target[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
            if path.hasSuffix(".journal") { count += 1 }
        }
    }
    return count
}

/// The children of all threads of this process, as text.
private func readAll(_ tasks: String) throws -> [UInt8] {
    var bytes: [UInt8] = []
    guard let stream = unsafe opendir(tasks) else { return [] }
    defer { unsafe _ = closedir(stream) }
    while let entry = unsafe readdir(stream) {
        let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
            unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        let descriptor = unsafe open("\(tasks)/\(name)/children", O_RDONLY)
        guard descriptor >= 0 else { continue }
        defer { close(descriptor) }
        var chunk = [UInt8](repeating: 0, count: 4096)
        let count = unsafe read(descriptor, &chunk, chunk.count)
        if count > 0 { bytes += chunk[..<count] }
    }
    return bytes
}

extension Event {
    /// The text of a parameter.
    func text(_ name: Text) -> [UInt8]? {
        guard case .text(let text)? = parameters.first(where: { $0.name == name })?.value else { return nil }
        return text.bytes
    }

    /// The field `NUMBER` of fixture entries.
    var number: Int? { text("NUMBER").flatMap { Int(String(decoding: $0, as: UTF8.self)) } }
}
