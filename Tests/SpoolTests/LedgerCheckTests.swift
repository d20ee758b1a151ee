import Pipeline
import Platform
import Spool
import TestSupport
import Testing

@Suite struct LedgerCheckTests {
    private var source = LedgerCheck.Source(
        name: "journal", counts: SourceCounts(read: 100, accepted: 90, filtered: 7, rejected: 3, noted: 2))
    private var sink = LedgerCheck.Sink(
        name: "siem", first: 10, counts: SinkCounts(delivered: 70, filtered: 5, quarantined: 1, dropped: 2), waiting: 4)

    @Test func `counts that agree have no difference`() {
        #expect(LedgerCheck(sources: [source], sinks: [sink], taken: 92).differences() == [])
    }

    @Test func `a record that a source lost is named`() {
        let lost = LedgerCheck.Source(
            name: "journal", counts: SourceCounts(read: 101, accepted: 90, filtered: 7, rejected: 3, noted: 2))
        let differences = LedgerCheck(sources: [lost], sinks: [sink], taken: 92).differences()
        #expect(differences.count == 1)
        #expect(differences[0].contains("source 'journal'") && differences[0].hasSuffix("1 are missing"))
    }

    @Test func `an event that the spool took from nobody is named`() {
        let differences = LedgerCheck(sources: [source], sinks: [], taken: 93).differences()
        #expect(differences.count == 1 && differences[0].contains("the spool took 93"))
    }

    @Test func `an event that a sink counted twice is named`() {
        let twice = LedgerCheck.Sink(name: "siem", first: 10, counts: sink.counts, waiting: 5)
        let differences = LedgerCheck(sources: [source], sinks: [twice], taken: 92).differences()
        #expect(differences.count == 1)
        #expect(differences[0].contains("sink 'siem'") && differences[0].hasSuffix("1 are too many"))
    }

    @Test func `counts that nobody can have reached end no process`() {
        let counts = SinkCounts(delivered: .max, filtered: .max, quarantined: .max, dropped: .max)
        let sink = LedgerCheck.Sink(name: "s", first: .max, counts: counts, waiting: .max)
        #expect(!LedgerCheck(sources: [source], sinks: [sink], taken: 92).differences().isEmpty)
    }
}

@Suite struct SpoolInspectionTests {
    @Test func `a spool whose daemon was killed in its first moments is empty, and one that is not there an error`()
        throws
    {
        let fileSystem = MemoryFileSystem()
        #expect(throws: FileError.self) {
            _ = try SpoolInspection(directory: "/spool", fileSystem: fileSystem).ledger()
        }
        try fileSystem.makeDirectory("/spool", permissions: 0o700)
        let ledger = try SpoolInspection(directory: "/spool", fileSystem: fileSystem).ledger()
        #expect(ledger.sources.isEmpty && ledger.sinks.isEmpty && ledger.taken == 0)
    }
}
