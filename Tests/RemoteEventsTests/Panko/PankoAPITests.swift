import EventModel
import Pipeline
import TestSupport
import Testing

@testable import RemoteEvents

private typealias Row = FakePanko.Row

/// So many events, `perSecond` at each moment.
private func insert(_ count: Int, into tail: FakeTail, from start: Int = 0, perSecond: Int = 3) {
    for number in 0..<count {
        tail.panko.insert(Row(id: "m\(start)-\(1_000_000 + number)", generated: second(start + number / perSecond)))
    }
}

@Suite struct PankoAPITests {
    @Test func `a round reads all there is, each event once and in order`() throws {
        let tail = FakeTail(pankoSettings(pageSize: 7))
        insert(50, into: tail)
        tail.now = second(1000)
        #expect(try tail.round().isEmpty)
        #expect(tail.ids == tail.panko.rows.map { tail.id($0.id) })
        #expect(tail.events.map(\.time) == tail.panko.rows.map(\.generated))
        #expect(try tail.round().isEmpty)
        #expect(tail.events.count == 50)
    }

    @Test func `every filter of a query has its four parts, and all tenants are asked for`() throws {
        let tail = FakeTail(pankoSettings { $0.eventTypes = [Glob("x.y")] })
        insert(3, into: tail)
        try tail.round()
        try tail.round()
        #expect(tail.events.count == 3)
        for query in tail.panko.queries {
            #expect(query["q.field"]?.contains("all_tenants") == true)
            #expect(query["q.field"]?.contains("event_type") == true)
            #expect(query["sort"] == nil)
            #expect(query["limit"] == ["100"])
        }
    }

    @Test func `starting now leaves out what was before, and a restart loses nothing`() throws {
        let tail = FakeTail(pankoSettings { $0.remote.start = .now })
        insert(10, into: tail)
        tail.now = second(100)
        try tail.round()
        #expect(tail.events.isEmpty)
        insert(5, into: tail, from: 101)
        tail.now = second(200)
        tail.restart()
        try tail.round()
        #expect(tail.events.count == 5)
    }

    @Test func `an event that comes late is found within the overlap`() throws {
        let tail = FakeTail(pankoSettings { $0.remote.overlap = .seconds(60) })
        insert(10, into: tail, from: 100, perSecond: 1)
        tail.now = second(120)
        try tail.round()
        tail.panko.insert(Row(id: "late", generated: second(60)))
        tail.panko.insert(Row(id: "tie", generated: second(109)))
        try tail.round()
        try tail.round()
        #expect(tail.ids.count == 12)
        #expect(tail.ids.contains(tail.id("late")))
    }

    @Test func `an event of the future hides nothing, also after an outage`() throws {
        let tail = FakeTail(pankoSettings(pageSize: 10) { $0.remote.overlap = .seconds(60) })
        insert(10, into: tail, perSecond: 1)
        tail.panko.insert(Row(id: "future", generated: second(3600)))
        tail.now = second(20)
        try tail.round()
        insert(500, into: tail, from: 30, perSecond: 1)
        tail.now = second(7200)
        for _ in 0..<5 {
            _ = try tail.step()
            tail.restart()
        }
        try tail.round()
        #expect(Set(tail.ids).count == 511)
        #expect(tail.ids.count == 511)
    }

    @Test func `a marker that is gone begins the round again`() throws {
        let tail = FakeTail(pankoSettings(pageSize: 10))
        insert(95, into: tail)
        tail.now = second(1000)
        for _ in 0..<4 { _ = try tail.step() }
        let last = try #require(tail.panko.rows.firstIndex { tail.id($0.id) == tail.ids.last })
        let marker = tail.panko.rows[last].id
        tail.panko.remove { $0.id == marker }
        #expect(try tail.round().isEmpty)
        #expect(tail.ids.count == 95)
        #expect(Set(tail.ids).count == 95)
    }

    @Test func `markers that are always gone become a failure instead of a hurry`() throws {
        let tail = FakeTail(pankoSettings(pageSize: 2))
        insert(100, into: tail)
        tail.now = second(1000)
        var failures: [RemoteFailure] = []
        for _ in 0..<60 where failures.isEmpty {
            let rows = tail.panko.rows
            let verdict = try tail.step()
            if case .retry(let failure)? = verdict { failures.append(failure) }
            // Whatever was given is gone at once.
            let ids = Set(tail.ids)
            let gone = rows.filter { ids.contains(tail.id($0.id)) }.map(\.id)
            tail.panko.remove { gone.contains($0.id) }
        }
        #expect(failures.allSatisfy { $0.kind == .server })
    }

    @Test func `a token that was taken and is refused is asked for again at once`() throws {
        let tail = FakeTail(pankoSettings(pageSize: 10))
        insert(95, into: tail)
        tail.now = second(1000)
        for _ in 0..<4 { _ = try tail.step() }
        tail.panko.token += 1
        #expect(try tail.round().isEmpty)
        #expect(Set(tail.ids).count == 95)
        #expect(tail.ids.count == 95)
    }

    @Test func `answers that are too large are asked for in smaller pages`() throws {
        let tail = FakeTail(pankoSettings(pageSize: 100))
        tail.panko.tooManyForAnAnswer = 9
        insert(200, into: tail)
        tail.now = second(1000)
        #expect(try tail.round().isEmpty)
        #expect(tail.ids.count == 200)
        #expect(try tail.round().isEmpty)
        #expect(tail.ids.count == 200)
    }

    @Test(arguments: 0..<20)
    func `an event that is too large costs only itself, and is met once`(seed: Int) throws {
        var random = SeededGenerator(seed: seed)
        let tail = FakeTail(pankoSettings(pageSize: 16))
        var readable = 0
        for number in 0..<60 {
            let isGiant = Int.random(in: 0..<8, using: &random) == 0
            readable += isGiant ? 0 : 1
            let time = second(number * 7, Int.random(in: 0..<900_000, using: &random))
            tail.panko.insert(Row(id: "m\(1000 + number)", generated: time, isGiant: isGiant))
        }
        tail.now = second(500)
        for _ in 0..<3 {
            #expect(try tail.round().isEmpty)
            tail.restart()
            #expect(tail.ids.count == readable)
            #expect(tail.rejected == UInt64(60 - readable))
        }
        #expect(Set(tail.ids).count == readable)
    }

    @Test func `a record that cannot be read is set aside once`() throws {
        let tail = FakeTail(pankoSettings(pageSize: 4))
        insert(10, into: tail)
        tail.panko.insert(Row(id: "broken", generated: second(1), isBroken: true))
        tail.panko.insert(Row(id: "broken-too", generated: second(900), isBroken: true))
        tail.now = second(1000)
        for _ in 0..<3 {
            #expect(try tail.round().isEmpty)
            tail.restart()
        }
        #expect(tail.ids.count == 10)
        #expect(tail.rejected == 2)
        #expect(tail.notes.count == 2)
    }

    @Test func `several types are told apart here, and what is left out is counted once`() throws {
        let tail = FakeTail(pankoSettings { $0.eventTypes = [Glob("identity.*"), Glob("x.y")] })
        for (number, type) in ["identity.authenticate", "x.y", "x.z", "image.send"].enumerated() {
            tail.panko.insert(Row(id: "m\(number)", type: type, generated: second(number)))
        }
        tail.now = second(10)
        try tail.round()
        try tail.round()
        #expect(tail.events.map(\.type) == ["identity.authenticate", "x.y"])
        #expect(tail.filtered == 2)
    }

    @Test func `what retention has taken is a gap, said once`() throws {
        let tail = FakeTail(pankoSettings())
        insert(20, into: tail)
        tail.now = second(100)
        try tail.round()
        tail.panko.remove { _ in true }
        insert(5, into: tail, from: 90_000)
        tail.now = second(90_100)
        tail.restart()
        try tail.round()
        try tail.round()
        #expect(tail.gaps.count == 1)
        #expect(tail.ids.count == 25)
        #expect(tail.gaps.first?[parameter: "to"] == .text(Text(second(90_000).canonicalText)))
    }

    @Test func `a quiet cloud and a short stop are no gap`() throws {
        let tail = FakeTail(pankoSettings())
        insert(20, into: tail)
        for hour in 1..<50 {
            tail.now = second(hour * 3600)
            try tail.round()
            if hour == 40 { tail.panko.remove { _ in true } }
        }
        insert(5, into: tail, from: 180_001)
        tail.now = second(180_100)
        tail.restart()
        try tail.round()
        #expect(tail.gaps.count == 0)
        #expect(tail.ids.count == 25)
    }

    @Test func `an idle source hardly ever moves its cursor`() throws {
        let tail = FakeTail(pankoSettings())
        insert(20, into: tail)
        tail.now = second(100)
        try tail.round()
        var cursors: Set<Cursor> = []
        for poll in 0..<360 {
            tail.now = second(100 + poll * 10)
            try tail.round()
            if let cursor = tail.cursor { cursors.insert(cursor) }
        }
        #expect(cursors.count <= 7)
    }

    @Test func `a position that cannot be read is a gap`() throws {
        var page = RemotePage(source: "p", observedTime: second(0))
        var api = PankoAPI(settings: pankoSettings { $0.remote.start = .now }, cursor: Cursor([9, 9]))
        var panko = FakePanko()
        for _ in 0..<2 {
            guard case .send(let request) = api.next(now: second(0)) else { continue }
            _ = api.received(panko.answer(request, now: second(0)), now: second(0), into: &page)
        }
        #expect(try page.events().map(\.kind) == ["Software.Log.Gap"])
        #expect(PankoPosition(reading: api.cursor.bytes.span) != nil)
    }

    @Test func `a probe reads the newest event and hands over none`() throws {
        var panko = FakePanko()
        for number in 0..<5 { panko.insert(Row(id: "m\(number)", generated: second(number))) }
        var api = PankoAPI(settings: pankoSettings(), cursor: nil, isProbe: true)
        var page = RemotePage(source: "p", observedTime: second(9))
        for _ in 0..<2 {
            guard case .send(let request) = api.next(now: second(9)) else { continue }
            let verdict = api.received(panko.answer(request, now: second(9)), now: second(9), into: &page)
            #expect(verdict == (request.purpose == "token" ? .goOn : .proceed))
        }
        #expect(api.next(now: second(9)) == .wait)
        #expect(page.counts.events == 0)
        #expect(api.finding == "logged in as 'admin' in project 'admin', newest event of 2024-05-17T08:00:04.000000Z")
        #expect(panko.queries.map { $0["sort"] } == [["generated%3Adesc", "message_id%3Adesc"]])
    }

    @Test(arguments: [
        (403, "error_403_html.json", RemoteFailure.Kind.permission), (404, "error_404.json", .address),
        (500, "error_500_lists.json", .server), (503, "error_400.json", .throttled),
        (429, "error_400.json", .throttled),
        (400, "error_400.json", .unreadable), (200, "error_400.json", .unreadable),
    ])
    func `each refusal says what to do`(status: Int, file: String, kind: RemoteFailure.Kind) throws {
        var panko = FakePanko()
        var api = PankoAPI(settings: pankoSettings(), cursor: nil)
        var page = RemotePage(source: "p", observedTime: second(0))
        guard case .send(let login) = api.next(now: second(0)) else { return }
        _ = api.received(panko.answer(login, now: second(0)), now: second(0), into: &page)
        guard case .send = api.next(now: second(0)) else { return }
        let answer = RemoteAnswer.response(RemoteResponse(status: status, body: try golden(file)))
        guard case .retry(let failure) = api.received(answer, now: second(0), into: &page) else {
            Issue.record("it is taken for good")
            return
        }
        #expect(failure.kind == kind)
        #expect(failure.reason.hasSuffix("."))
    }
}

@Suite struct PankoTailModelTests {
    /// What happens to a tail at random: events come late, tie, come while pages are read, or from the future; rows
    /// vanish behind it; tokens end; the process is killed.
    @Test(arguments: 0..<15)
    func `each event comes out exactly once, whatever happens`(seed: Int) throws {
        var random = SeededGenerator(seed: seed)
        let settings = pankoSettings(pageSize: Int.random(in: 2...9, using: &random)) {
            $0.remote.overlap = .seconds(60)
        }
        let tail = FakeTail(settings)
        var inserted: [String] = []
        var clock = 10_000
        for _ in 0..<400 {
            switch Int.random(in: 0..<12, using: &random) {
            case 0...4:
                for _ in 0..<Int.random(in: 1...6, using: &random) {
                    let isFuture = Int.random(in: 0..<40, using: &random) == 0
                    let age = isFuture ? -500 : Int.random(in: 0...50, using: &random)
                    let id = "m\(UInt32.random(in: 0 ... .max, using: &random))"
                    let fraction = Bool.random(using: &random) ? 0 : Int.random(in: 0..<3, using: &random)
                    tail.panko.insert(Row(id: id, generated: second(clock - age, fraction)))
                    inserted.append(id)
                }
            case 5...8:
                tail.now = second(clock)
                _ = try tail.step()
            case 9:
                clock += Int.random(in: 0...8, using: &random)
            case 10:
                tail.restart()
                if Int.random(in: 0..<10, using: &random) == 0 { clock += 2000 }
            default:
                tail.panko.token += 1
                let ids = Set(tail.ids)
                if let last = tail.panko.rows.last(where: { ids.contains(tail.id($0.id)) }) {
                    tail.panko.remove { $0.id == last.id }
                }
            }
        }
        clock += 1000
        tail.now = second(clock)
        for _ in 0..<3 { try tail.round() }
        #expect(tail.ids.count == inserted.count)
        let isSame = Set(tail.ids) == Set(inserted.map(tail.id))
        #expect(isSame)
    }

    @Test func `more events of one moment than can be told apart are a gap`() throws {
        let tail = FakeTail(pankoSettings(pageSize: 10_000))
        tail.now = second(60)
        let count = LatenessWindow.limit + 30_000
        tail.panko.append((0..<count).map { Row(id: "m\(100_000 + $0)", generated: second(1)) })
        tail.panko.append([Row(id: "z", generated: second(2))])
        try tail.round()
        #expect(Set(tail.ids).count == tail.ids.count)
        #expect(tail.ids.count > LatenessWindow.limit && tail.ids.count < count)
        #expect(tail.gaps.count == 1)
        #expect(tail.ids.last == tail.id("z"))
    }
}
