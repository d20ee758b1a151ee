internal import EventModel
package import Pipeline

/// What every source owes the spool, examined from outside: it resumes behind any batch that was accepted without loss
/// or repeat, gives the same ids in every run, ends when it should, and its counts add up.
///
/// It knows a source only by the protocol, so that the same exam is put to each.
package struct SourceContract: Sendable {
    private let insert: @Sendable (Int) async throws -> Void
    private let makeSource: @Sendable () throws -> any EventSource
    private var breaches: [String] = []

    /// - Parameters:
    ///   - insert: puts so many new records where the source reads, and returns when they can be read.
    ///   - makeSource: makes a source that remembers nothing and begins with the oldest record.
    package init(
        insert: @escaping @Sendable (Int) async throws -> Void,
        makeSource: @escaping @Sendable () throws -> any EventSource
    ) {
        self.insert = insert
        self.makeSource = makeSource
    }

    /// Examines a source from its first record on; it must give `count` records in more than one batch.
    ///
    /// - Returns: what it does not keep, in sentences; empty for a good source.
    package func examine(count: Int) async throws -> [String] {
        var exam = self
        try await exam.insert(count)
        let whole = try await exam.run(from: nil)
        exam.expect(whole.ids.count == count, "reads \(whole.ids.count) of \(count) records")
        exam.expect(whole.batches.count > 1, "gives all in one batch: nothing can be said of a resumption")
        exam.countsAddUp(whole)
        try await exam.sameIDs(as: whole)
        try await exam.resumes(in: whole)
        try await exam.isStill(after: whole)
        try await exam.readsWhatIsNew(after: whole)
        try await exam.endsWhenCancelled(while: .waiting)
        try await exam.endsWhenCancelled(while: .held(batches: 1))
        try await exam.stopsWithTheSpool()
        return exam.breaches
    }

    private mutating func expect(_ isKept: Bool, _ breach: @autoclosure () -> String) {
        if !isKept { breaches.append(breach()) }
    }

    private func run(from cursor: Cursor?) async throws -> Reading {
        let acceptor = RecordingAcceptor()
        try await makeSource().run(from: cursor, mode: .once, into: acceptor)
        return try Reading(acceptor)
    }

    private mutating func countsAddUp(_ reading: Reading) {
        for (number, batch) in reading.batches.enumerated() {
            let counts = batch.counts
            expect(
                counts.read == counts.accepted + counts.filtered + counts.rejected,
                "batch \(number): the counts do not add up: \(counts)")
            expect(
                UInt64(reading.idsByBatch[number].count) == counts.events,
                "batch \(number): holds \(reading.idsByBatch[number].count) events and counts \(counts.events)")
            expect(batch.cursor != nil, "batch \(number): has no cursor")
        }
        expect(Set(reading.ids).count == reading.ids.count, "an event came twice in one run")
    }

    private mutating func sameIDs(as whole: Reading) async throws {
        let again = try await run(from: nil)
        expect(again.ids == whole.ids, "another run from the beginning gives other ids or another order")
    }

    private mutating func resumes(in whole: Reading) async throws {
        for number in whole.batches.indices {
            let rest = try await run(from: whole.batches[number].cursor)
            let expected = whole.idsByBatch[(number + 1)...].joined()
            let (missing, extra) = (Set(expected).subtracting(rest.ids), Set(rest.ids).subtracting(expected))
            expect(
                missing.isEmpty && extra.isEmpty && rest.ids.count == expected.count,
                "behind batch \(number) of \(whole.batches.count): loses \(missing.count), repeats \(extra.count)")
        }
    }

    private mutating func isStill(after whole: Reading) async throws {
        let first = try await run(from: whole.cursor)
        expect(first.ids.isEmpty, "gives \(first.ids.count) events where nothing is new")
        expect(first.counts == SourceCounts(), "counts where nothing is new: \(first.counts)")
        let second = try await run(from: first.cursor ?? whole.cursor)
        expect(second.batches.isEmpty, "hands over \(second.batches.count) batches where nothing moves")
    }

    private mutating func readsWhatIsNew(after whole: Reading) async throws {
        try await insert(17)
        let new = try await run(from: whole.cursor)
        expect(new.ids.count == 17, "reads \(new.ids.count) of 17 new records")
        expect(Set(new.ids).isDisjoint(with: whole.ids), "gives known records again with new ones")
    }

    private enum Moment {
        /// It has read all there is.
        case waiting
        /// The spool has no room for another batch.
        case held(batches: Int)
    }

    private mutating func endsWhenCancelled(while moment: Moment) async throws {
        let expected = try await run(from: nil)
        let acceptor = RecordingAcceptor()
        let source = try makeSource()
        if case .held(let batches) = moment { acceptor.setRoom(forBatches: batches) }
        let run = Task { try await source.run(from: nil, mode: .forever, into: acceptor) }
        switch moment {
        case .waiting: try await acceptor.waitForRecords(count: expected.counts.read)
        case .held(let batches): try await acceptor.waitForBatches(count: batches)
        }
        run.cancel()
        _ = await run.result
        let before = try Reading(acceptor)
        let after = try await self.run(from: before.cursor)
        expect(
            before.ids.count + after.ids.count == expected.ids.count
                && Set(before.ids).union(after.ids) == Set(expected.ids),
            "cancelled \(moment) and started again, it gives \(before.ids.count + after.ids.count) of "
                + "\(expected.ids.count) events")
    }

    private mutating func stopsWithTheSpool() async throws {
        let acceptor = RecordingAcceptor()
        acceptor.refuse(with: .stopped)
        do {
            try await makeSource().run(from: nil, mode: .forever, into: acceptor)
            expect(false, "ends as if all were well although the spool is stopped")
        } catch {
            expect(error as? AcceptanceError == .stopped, "ends with \(error) when the spool is stopped")
        }
    }
}

/// What one run handed over.
private struct Reading {
    let batches: [Batch]
    let idsByBatch: [[EventID]]

    init(_ acceptor: RecordingAcceptor) throws {
        batches = acceptor.batches
        idsByBatch = try batches.map { batch in
            var reader = BatchReader(batch.payload)
            var ids: [EventID] = []
            while try reader.next() { ids.append(reader.event().id) }
            return ids
        }
    }

    var ids: [EventID] { Array(idsByBatch.joined()) }
    var cursor: Cursor? { batches.last { $0.cursor != nil }?.cursor }
    var counts: SourceCounts { batches.reduce(SourceCounts()) { $0 + $1.counts } }
}
