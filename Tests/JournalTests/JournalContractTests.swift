import Pipeline
import Synchronization
import TestSupport
import Testing

@testable import Journal

/// The exam of all sources, put to the journal.
@Suite(.serialized) struct JournalContractTests {
    @Test func `the journal keeps what every source owes the spool`() async throws {
        let fixture = try JournalFixture()
        let written = Mutex(0)
        let contract = SourceContract(
            insert: { count in
                let first = written.withLock { written in
                    written += count
                    return written - count
                }
                try fixture.write((first..<first + count).map { JournalFixture.entry($0) }, to: "a.journal")
            },
            makeSource: { source(fixture) })
        let breaches = try await contract.examine(count: 4000)
        #expect(breaches == [])
    }
}
