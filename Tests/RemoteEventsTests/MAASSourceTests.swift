import EventModel
import Pipeline
import RemoteServers
import Settings
import Synchronization
import TestSupport
import Testing

@testable import RemoteEvents

/// Ends a source that runs for ever.
private struct Enough: Error {}

/// A region, and sources that read it without a network.
private final class Site: Sendable {
    let region = MAASSimulator()
    let acceptor = RecordingAcceptor()
    let transport: SimulatedTransport
    let settings: MAASSettings
    let log = RecordedLog()

    init(_ change: (inout MAASSettings) -> Void = { _ in }) {
        let region = region
        transport = SimulatedTransport { region.answer($0) }
        var settings = MAASSettings(
            remote: RemoteSettings(url: "http://127.0.0.1/MAAS", pageSize: 100),
            key: MAASKey(Secret(Array(MAASSimulator.key.utf8))) ?? MAASKey(consumer: "", token: "", secret: Secret([])))
        settings.remote.start = .beginning
        change(&settings)
        self.settings = settings
    }

    func source(_ clock: RemoteClock) -> RemoteSource<MAASAPI> {
        RemoteSource(
            name: "maas", settings: settings.remote, transport: transport, clock: clock, logger: log.logger
        ) { [settings] in MAASAPI(settings, from: $0) }
    }

    /// Runs from the last accepted cursor until `end` says enough; it is asked after each wait.
    func run(_ time: ManualTime) async throws {
        do {
            try await source(time.clock).run(from: acceptor.batches.last?.cursor, mode: .forever, into: acceptor)
        } catch is Enough {}
    }

    /// Runs to the end of what is there.
    func runOnce(at time: ManualTime = ManualTime()) async throws {
        try await source(time.clock).run(from: acceptor.batches.last?.cursor, mode: .once, into: acceptor)
    }

    func ids() throws -> [Int] {
        try acceptor.events().compactMap { event in
            for parameter in event.parameters where parameter.name == "id" {
                if case .integer(let number) = parameter.value { return Int(number.magnitude) }
            }
            return nil
        }
    }

    var counts: SourceCounts { acceptor.batches.reduce(SourceCounts()) { $0 + $1.counts } }
}

private func moment(_ offset: Int) -> Timestamp {
    Timestamp(microseconds: (Timestamp("2024-05-17T08:00:00Z")?.microseconds ?? 0) + Int64(offset) * 1_000_000)
}

private func row(_ id: Int, _ level: String = "INFO", at offset: Int = 0) -> MAASSimulator.Row {
    MAASSimulator.Row(id: id, level: level, created: moment(offset), description: "event \(id)")
}

@Suite struct MAASSourceTests {
    @Test func `from the beginning, every event comes once, with all it says`() async throws {
        let site = Site()
        site.region.add([
            MAASSimulator.Row(
                id: 7, level: "ERROR", created: moment(-7200), type: "Failed to power on node",
                description: "no \"BMC\"\nagain", username: "admin"),
            MAASSimulator.Row(
                id: 9, level: "AUDIT", created: moment(-7000), type: "Authorisation", description: "Logged in admin.",
                hostname: nil, node: nil, username: "admin"),
        ])
        try await site.runOnce()
        let events = try site.acceptor.events()
        #expect(events.count == 2)
        let failure = try #require(events.first)
        #expect(failure.time == moment(-7200) && failure.host == "valued-moth" && failure.user == "admin")
        #expect(failure.kind == "Compute.Machine.Power.Failed" && failure.severity == .major)
        #expect(failure.classification == .hw && failure.type == "Failed to power on node")
        #expect(failure.message == "no \"BMC\"\nagain" && failure.source == "maas")
        #expect(failure.objects == [AssociatedObject(type: "node", id: "e86c7h", name: "valued-moth")])
        #expect(failure.parameters == [Parameter("id", .integer(WholeNumber(7)))])
        #expect(failure.id == EventIdentity(source: "maas").id(of: Array("maas event 7".utf8).span))
        let login = try #require(events.last)
        #expect(login.kind == "Security.User.Login.Succeeded" && login.classification == .audit)
        #expect(login.severity == .info && login.host.isEmpty && login.objects.isEmpty && login.user == "admin")
        #expect(site.counts == SourceCounts(read: 2, accepted: 2))
        #expect(site.region.complaints.isEmpty)
    }

    @Test func `from now on, nothing that was there comes, and everything after it`() async throws {
        let site = Site { $0.remote.start = .now }
        site.region.add((1...300).map { row($0, $0 % 3 == 0 ? "AUDIT" : "DEBUG") })
        try await site.runOnce()
        #expect(try site.ids() == [])
        #expect(site.acceptor.batches.count == 2)
        site.region.add((301...330).map { row($0, $0 % 3 == 0 ? "AUDIT" : "DEBUG") })
        try await site.runOnce()
        #expect(try site.ids().sorted() == Array(301...330))
    }

    @Test func `from a time on, what is before it is left out and mostly not even read`() async throws {
        let site = Site {
            $0.remote.start = .time(moment(15_000))
            $0.remote.pageSize = 50
        }
        site.region.add((1...20_000).map { row($0, at: $0) })
        try await site.runOnce(at: ManualTime("2024-05-17T14:00:00Z"))
        #expect(try site.ids().sorted() == Array(15_000...20_000))
        #expect(site.counts.read < 10_000)
    }

    @Test(arguments: 0..<6)
    func `late ids, bursts and restarts anywhere lose nothing and repeat nothing`(seed: Int) async throws {
        let site = Site {
            $0.remote.pageSize = 40
            $0.remote.pollInterval = .seconds(60)
        }
        let world = Mutex((random: SeededGenerator(seed: seed), nextID: 1, minutes: 0, hidden: [(id: Int, end: Int)]()))
        let region = site.region
        while world.withLock({ $0.minutes }) < 150 {
            let time = ManualTime(moment(world.withLock { $0.minutes } * 60).canonicalText) { _ in
                try world.withLock { world in
                    world.minutes += 1
                    let minute = world.minutes
                    region.change { state in
                        state.now = moment(minute * 60)
                        // What is hidden becomes visible at most three minutes later, within the overlap.
                        for (id, end) in world.hidden where end <= minute {
                            state.rows[(state.rows.firstIndex { $0.id == id }) ?? 0].isHidden = false
                        }
                        world.hidden.removeAll { $0.end <= minute }
                        for _ in 0..<(minute < 140 ? Int.random(in: 0...60, using: &world.random) : 0) {
                            world.nextID += Int.random(in: 1...3, using: &world.random)
                            let level = ["AUDIT", "DEBUG", "ERROR"].randomElement(using: &world.random) ?? ""
                            var row = row(world.nextID, level, at: minute * 60)
                            row.isHidden = Int.random(in: 0..<10, using: &world.random) == 0
                            if row.isHidden {
                                world.hidden.append((row.id, minute + Int.random(in: 1...3, using: &world.random)))
                            }
                            state.rows.append(row)
                        }
                    }
                    if minute >= 150 || Int.random(in: 0..<10, using: &world.random) == 0 { throw Enough() }
                }
            }
            try await site.run(time)
        }
        let expected = site.region.state.withLock { $0.rows.map(\.id) }
        #expect(try site.ids().sorted() == expected.sorted())
        #expect(site.region.complaints.isEmpty)
    }

    @Test func `a burst of five thousand comes whole and in order`() async throws {
        let site = Site()
        site.region.add((1...5000).map { row($0) })
        try await site.runOnce()
        #expect(try site.ids() == Array(1...5000))
    }

    @Test func `an empty poll hands nothing over, and an idle source polls at its interval`() async throws {
        let site = Site()
        site.region.add([row(1, at: -9000)])
        let time = ManualTime { [pauses = Mutex(0)] _ in
            if pauses.withLock({
                $0 += 1; return $0
            }) == 100 {
                throw Enough()
            }
        }
        try await site.run(time)
        #expect(time.pauses.allSatisfy { $0 == .seconds(10) })
        // Two levels each poll, and now and then whether ids still grow.
        #expect(site.transport.requests.count <= 2 * 100 + 2 * 4)
        #expect(site.acceptor.batches.count <= 4)
    }

    @Test func `events whose text breaks their page are the only ones left out`() async throws {
        let site = Site()
        site.region.add((1...1000).map { row($0, $0 % 7 == 0 ? "AUDIT" : "DEBUG") })
        site.region.change { state in
            for id in [350, 693] { state.rows[id - 1].isBad = true }
        }
        let time = ManualTime { [pauses = Mutex(0)] _ in
            if pauses.withLock({
                $0 += 1; return $0
            }) == 40 {
                throw Enough()
            }
        }
        try await site.run(time)
        #expect(try site.ids().sorted() == (1...1000).filter { $0 != 350 && $0 != 693 })
        #expect(site.counts.rejected == 2)
        #expect(site.log.messages.contains { $0.contains("350") && $0.contains("left out") })
    }

    @Test func `events that follow each other and cannot be given are stepped over`() async throws {
        let site = Site()
        site.region.add((1...200).map { row($0, "AUDIT") })
        site.region.change { state in
            for id in 98...101 { state.rows[id - 1].isBad = true }
        }
        try await site.runOnce()
        #expect(try site.ids().sorted() == (1...200).filter { !(98...101).contains($0) })
    }

    @Test func `a region that fails altogether loses no event`() async throws {
        let site = Site()
        site.region.add((1...500).map { row($0, $0 % 2 == 0 ? "AUDIT" : "INFO") })
        let region = site.region
        region.change { state in for index in state.rows.indices { state.rows[index].isBad = true } }
        let isDown = Mutex(true)
        let failing = SimulatedTransport { request in
            isDown.withLock { $0 }
                ? SimulatedResponse(500, "text/plain", "database is starting") : region.answer(request)
        }
        let time = ManualTime { [pauses = Mutex(0)] _ in
            let count = pauses.withLock {
                $0 += 1; return $0
            }
            if count == 30 {
                isDown.withLock { $0 = false }
                region.change { state in for index in state.rows.indices { state.rows[index].isBad = false } }
            }
            if count == 60 { throw Enough() }
        }
        let source = RemoteSource(
            name: "maas", settings: site.settings.remote, transport: failing, clock: time.clock, logger: site.log.logger
        ) { [settings = site.settings] in MAASAPI(settings, from: $0) }
        await #expect(throws: Enough.self) {
            try await source.run(from: nil, mode: .forever, into: site.acceptor)
        }
        #expect(try site.ids().sorted() == Array(1...500))
        #expect(site.counts.rejected == 0)
    }

    /// The outage begins at some request while the source looks for events that cannot be given, and lasts a while.
    @Test(arguments: 0..<60)
    func `an outage while bad events are looked for costs no good one`(begin: Int) async throws {
        let site = Site { $0.remote.pageSize = 20 }
        let bad = 30...69
        site.region.add((1...200).map { row($0) })
        let region = site.region
        region.change { state in for index in state.rows.indices { state.rows[index].isBad = bad.contains(index + 1) } }
        let requests = Mutex(0)
        let failing = SimulatedTransport { request in
            let number = requests.withLock {
                $0 += 1
                return $0
            }
            return begin..<begin + 4 ~= number - 5
                ? SimulatedResponse(500, "text/plain", "database is starting") : region.answer(request)
        }
        let time = ManualTime { [pauses = Mutex(0)] _ in
            let count = pauses.withLock {
                $0 += 1
                return $0
            }
            if count == 40 { throw Enough() }
        }
        let source = RemoteSource(
            name: "maas", settings: site.settings.remote, transport: failing, clock: time.clock, logger: site.log.logger
        ) { [settings = site.settings] in MAASAPI(settings, from: $0) }
        await #expect(throws: Enough.self) {
            try await source.run(from: nil, mode: .forever, into: site.acceptor)
        }
        let ids = try site.ids()
        let lost = (1...200).filter { !bad.contains($0) && !ids.contains($0) }
        // Behind more than 32 bad ones in a row a stretch is given up, which a gap tells.
        #expect(lost.allSatisfy { 70...94 ~= $0 }, "\(lost)")
        #expect(Set(ids).count == ids.count)
    }

    @Test func `a damaged record is set aside once, and its page comes`() async throws {
        let site = Site()
        site.region.add((1...20).map { row($0) })
        site.region.change { state in
            state.rows[4].element = #"{"id": 5, "level": "INFO", "created": 17, "type": "Ready", "description": ""}"#
            state.rows[9].element = #""nothing""#
        }
        for _ in 0..<3 { try await site.runOnce() }
        #expect(try site.ids().sorted() == (1...20).filter { $0 != 5 && $0 != 10 })
        // One without an id cannot be remembered over a restart.
        #expect(site.counts.rejected <= 4)
    }

    @Test func `a record that makes its page no JSON is the only one left out`() async throws {
        let site = Site()
        site.region.add((1...300).map { row($0) })
        site.region.change { $0.rows[149].element = #"{"id": 150, "level": nonsense"# }
        try await site.runOnce()
        #expect(try site.ids().sorted() == (1...300).filter { $0 != 150 })
        #expect(site.counts.rejected == 1)
    }

    @Test func `a description of two mebibytes is cut and says so`() async throws {
        let site = Site()
        var large = row(2)
        large.description = String(repeating: "x", count: 2 << 20)
        site.region.add([row(1), large, row(3)])
        try await site.runOnce()
        let event = try site.acceptor.events()[1]
        #expect(event.message?.bytes.count == 1 << 20)
        #expect(event.parameters.contains(Parameter("truncated.message", .integer(WholeNumber(2 << 20)))))
        #expect(try site.ids() == [1, 2, 3])
    }

    @Test func `pages larger than is read are asked for in parts`() async throws {
        let site = Site()
        site.region.add(
            (1...20).map { id in
                var large = row(id)
                large.description = String(repeating: "y", count: 1 << 20)
                return large
            })
        var huge = row(21)
        huge.description = String(repeating: "z", count: 9 << 20)
        site.region.add([huge, row(22)])
        try await site.runOnce()
        #expect(try site.ids() == Array(1...20) + [22])
        #expect(site.counts.rejected == 1)
    }

    @Test func `a database that began anew is a gap, and what is new in it comes`() async throws {
        let site = Site()
        site.region.add((1...500).map { row($0, at: -9000) })
        try await site.runOnce()
        site.region.change { state in state.rows = (1...30).map { row($0, at: $0 < 11 ? -9000 : 60) } }
        try await site.runOnce(at: ManualTime("2024-05-17T09:00:00Z"))
        let events = try site.acceptor.events()
        let gaps = events.filter { $0.kind == "Software.Log.Gap" }
        #expect(gaps.count == 1)
        #expect(try site.ids().suffix(20) == Array(11...30)[...])
        #expect(Set(events.map(\.id)).count == events.count)
    }

    @Test func `events of a node that was deleted do not look like another database`() async throws {
        let site = Site()
        site.region.add((1...500).map { row($0, at: $0 - 9000) })
        try await site.runOnce()
        site.region.change { $0.rows.removeLast(100) }
        try await site.runOnce(at: ManualTime("2024-05-17T09:00:00Z"))
        site.region.add((501...510).map { row($0, at: $0) })
        try await site.runOnce(at: ManualTime("2024-05-17T09:10:00Z"))
        #expect(try site.ids() == Array(1...510))
    }

    @Test func `an old region without audit records and users is read`() async throws {
        let site = Site()
        site.region.change {
            $0.knowsAudit = false
            $0.hasUsername = false
        }
        site.region.add((1...10).map { row($0, at: -9000) })
        try await site.runOnce()
        #expect(try site.ids() == Array(1...10))
        #expect(try site.acceptor.events().allSatisfy { $0.user.isEmpty })
        #expect(site.log.messages.count { $0.contains("does not know level AUDIT") } == 1)
    }

    @Test func `zones are read each by itself`() async throws {
        let site = Site { $0.zones = ["north", "south"] }
        for (id, zone) in [(1, "north"), (2, "south"), (3, "east"), (4, "north")] {
            var one = row(id)
            one.zone = zone
            site.region.add([one])
        }
        try await site.runOnce()
        #expect(try site.ids().sorted() == [1, 2, 4])
    }

    @Test func `a wrong key is asked for slowly, and the log names the setting and not the key`() async throws {
        let site = Site { $0.key = MAASKey(consumer: "c", token: "t", secret: Secret(Array("hush".utf8))) }
        await #expect(throws: RemoteSourceError.self) { try await site.runOnce() }
        #expect(site.log.messages.contains { $0.hasPrefix("error") && $0.contains("api-key") })
        #expect(!site.log.messages.contains { $0.contains("hush") })
    }

    @Test func `a clock that is behind the region's is told, and overcome`() async throws {
        let site = Site()
        site.region.add([row(1)])
        site.region.change {
            $0.now = moment(3600)
            $0.sendsDate = true
        }
        let time = ManualTime()
        try await site.runOnce(at: time)
        #expect(try site.ids() == [1])
        #expect(time.pauses.first.map { $0 >= .seconds(60) } == true)
        #expect(site.log.messages.contains { $0.contains("3600 s ahead of ours") })
    }

    @Test func `a position that cannot be read is a gap`() async throws {
        let site = Site()
        site.region.add([row(1)])
        try await site.source(ManualTime().clock).run(from: Cursor([9, 9, 9]), mode: .once, into: site.acceptor)
        #expect(try site.acceptor.events().map(\.kind) == ["Software.Log.Gap", "Compute.Machine.Commissioned"])
    }
}

@Suite struct MAASProbeTests {
    private func probe(_ site: Site) async throws -> RemoteProbe.Result {
        try await RemoteProbe(source: "maas", transport: site.transport, clock: ManualTime().clock)
            .run(MAASAPI(site.settings, from: nil))
    }

    @Test func `a probe says what it found`() async throws {
        let site = Site { $0.remote.start = .now }
        site.region.add([row(12), row(13, "AUDIT")])
        guard case .well(let text) = try await probe(site) else { return #expect(Bool(false), "it failed") }
        #expect(text.contains("key is accepted") && text.contains("newest event 13 of 2024-05-17T08:00:00"))
        guard case .well(let empty) = try await probe(Site()) else { return #expect(Bool(false), "it failed") }
        #expect(empty.contains("no event is visible"))
    }

    @Test func `a probe says what to fix`() async throws {
        let wrongKey = try await probe(
            Site { $0.key = MAASKey(consumer: "c", token: "t", secret: Secret([104, 105])) })
        guard case .failed(let key) = wrongKey else { return #expect(Bool(false), "it passed") }
        #expect(key.contains("api-key"))
        guard case .failed(let address) = try await probe(Site { $0.remote.url = "http://127.0.0.1/other" }) else {
            return #expect(Bool(false), "it passed")
        }
        #expect(address.contains("'url'") && address.contains("/MAAS"))
    }
}
