import Foundation
import TestSupport
import Testing

/// A journal that takes the daemon a while, made once for all tests of a suite.
struct LargeJournal: SuiteTrait, TestScoping {
    /// Number of entries; `TRIBUTARY_TEST_ENTRIES` overrides it.
    static let count = ProcessInfo.processInfo.environment["TRIBUTARY_TEST_ENTRIES"].flatMap { Int($0) } ?? 200_000

    @TaskLocal static var current: JournalFixture?

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let journal = try JournalFixture()
        try journal.write((0..<Self.count).map { .plain($0) }, to: "a.journal")
        try await Self.$current.withValue(journal, operation: function)
    }
}

extension Trait where Self == LargeJournal {
    static var largeJournal: LargeJournal { LargeJournal() }
}

extension JournalFixture.Entry {
    /// An entry of a few fields whose message is `entry NUMBER`, with a filler behind it.
    static func plain(_ number: Int, filler: Int = 0, priority: Int = 6, identifier: String = "app") -> Self {
        let message = "entry \(number)" + (filler > 0 ? " " + String(repeating: "x", count: filler) : "")
        return JournalFixture.Entry(
            realtime: JournalFixture.start + UInt64(number) * 1000,
            fields: [
                ("MESSAGE", Array(message.utf8)), ("PRIORITY", Array("\(priority)".utf8)),
                ("_TRANSPORT", Array("syslog".utf8)), ("SYSLOG_IDENTIFIER", Array(identifier.utf8)),
            ])
    }
}
