import EventModel
import EventText
import Glibc
import Logging
import Pipeline
import Spool
import Synchronization
import TestSupport
import Testing

@testable import LocalAPI

@Suite struct TapTests {
    /// Runs a spool in memory and an API before it.
    private func run(
        limits: LocalAPI.Limits = LocalAPI.Limits(), _ body: (APIHarness) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        var settings = APISettings()
        settings.socket = "\(folder.path)/api.sock"
        var harness = APIHarness(folder: folder.path, settings: settings)
        let spool = try Self.spool()
        harness.spool = spool
        let tapped = harness
        try await withThrowingTaskGroup { group in
            group.addTask { try await spool.run() }
            try await tapped.run(limits: limits) { api, _ in try await body(api) }
            group.cancelAll()
            while let result = await group.nextResult() {
                if case .failure(let error) = result, !(error is CancellationError) { throw error }
            }
        }
    }

    private static func spool(segmentByteCount: Int = 1 << 20) throws -> Spool {
        try Spool(
            directory: "spool", maximumByteCount: 1 << 30, segmentByteCount: segmentByteCount,
            sinks: [Spool.SinkPlan(name: "s", whenFull: .wait)], fileSystem: MemoryFileSystem(),
            logger: RecordedLog().logger)
    }

    /// Opens a tap and reads its lines until `enough` of them, blank ones too.
    private func lines(
        of api: APIHarness, where filter: String = "", whenOpen: () async throws -> Void = {},
        until enough: @escaping @Sendable ([String]) -> Bool
    ) async throws -> [String] {
        let socket = api.socket
        let isOpen = Watermark(0)
        async let lines = onThread {
            let descriptor = try UnixExchange.connected(socket)
            defer { close(descriptor) }
            let request = Array("GET /v1/tap\(filter) HTTP/1.1\r\nHost: h\r\n\r\n".utf8)
            _ = unsafe send(descriptor, request, request.count, 0)
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 64 << 10)
            while true {
                let lines = Self.lines(of: bytes)
                if lines != nil { isOpen.advance(to: 1) }
                if let lines, enough(lines) { return lines }
                let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
                guard count > 0 else { return lines ?? [] }
                bytes += buffer.prefix(count)
            }
        }
        _ = try await isOpen.wait(for: 1)
        try await whenOpen()
        return try await lines
    }

    /// The lines of an answer in chunks, as far as they have come; `nil` before its head is whole.
    private static func lines(of bytes: [UInt8]) -> [String]? {
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.hasPrefix("HTTP/1.1 200"), let head = text.firstRange(of: "\r\n\r\n") else { return nil }
        // A chunk is its size on a line, then whole lines of ours, then CR LF.
        return text[head.upperBound...].split(separator: "\r\n").filter { Int($0, radix: 16) == nil }
            .flatMap { $0.split(separator: "\n", omittingEmptySubsequences: false).dropLast() }.map(String.init)
    }

    private static func message(_ line: String) -> String? {
        (try? JSONParser().parse(Array(line.utf8).span))?["message"]?.text?.string
    }

    @Test func `what is accepted from then on comes as canonical JSON`() async throws {
        try await run { api in
            #expect(try await api.send("POST", "/v1/events", #"{"message":"before"}"#).status == 201)
            let ids = Mutex([String]())
            let lines = try await lines(of: api) {
                for number in 0..<3 {
                    let answer = try await api.send("POST", "/v1/events", #"{"message":"\#(number)"}"#)
                    ids.withLock { $0 += answer.ids }
                }
            } until: {
                $0.count >= 3
            }
            #expect(lines.compactMap(Self.message) == ["0", "1", "2"])
            for (line, id) in zip(lines, ids.withLock { $0 }) { #expect(line.hasPrefix(#"{"id":"\#(id)","time":""#)) }
        }
    }

    @Test func `a filter leaves out what does not match`() async throws {
        try await run { api in
            let filter = "?where=" + percentEncoded(#"{"severity":">= warning","kind":["A.*","B.*"]}"#.utf8)
            let lines = try await lines(of: api, where: filter) {
                let events = [("A.x", "info"), ("A.x", "warning"), ("C.x", "critical"), ("B.x", "major")]
                for (kind, severity) in events {
                    let body = #"{"kind":"\#(kind)","severity":"\#(severity)","message":"\#(kind) \#(severity)"}"#
                    let answer = try await api.send("POST", "/v1/events", body)
                    #expect(answer.status == 201)
                }
            } until: {
                $0.count >= 2
            }
            #expect(lines.compactMap(Self.message) == ["A.x warning", "B.x major"])
        }
    }

    @Test func `a blank line comes when there is nothing else`() async throws {
        var limits = LocalAPI.Limits()
        limits.heartbeat = .milliseconds(10)
        try await run(limits: limits) { api in
            let lines = try await lines(of: api) { $0.count >= 3 }
            #expect(lines.count { $0.isEmpty } == lines.count)
        }
    }

    @Test(arguments: [#"{"#, #"{"severity":"loud"}"#, #"{"color":"red"}"#, "severity"])
    func `a filter that is none is refused`(filter: String) async throws {
        try await run { api in
            let answer = try await api.send("GET", "/v1/tap?where=" + percentEncoded(filter.utf8))
            #expect(answer.status == 400)
            #expect(answer.body.hasPrefix(#"{"error":"where: "#))
            #expect(try await api.send("POST", "/v1/tap").fields.contains("allow: get"))
        }
    }

    @Test func `there are so many taps at a time, and a place is free again when one ends`() async throws {
        var limits = LocalAPI.Limits()
        limits.taps = 1
        limits.heartbeat = .milliseconds(10)
        try await run(limits: limits) { api in
            let refused = Watermark(0)
            _ = try await lines(of: api) {
                let answer = try await api.send("GET", "/v1/tap")
                #expect(answer.status == 503)
                #expect(answer.fields.contains("retry-after: "))
                refused.advance(to: 1)
            } until: { _ in
                // Before that the place must not be free.
                refused.value > 0
            }
            var lines: [String] = []
            while lines.isEmpty { lines = try await self.linesOrRefusal(of: api) }
            #expect(lines.count { $0.isEmpty } == lines.count)
        }
    }

    /// The first line of a tap; none when it is refused.
    private func linesOrRefusal(of api: APIHarness) async throws -> [String] {
        let socket = api.socket
        return try await onThread {
            let descriptor = try UnixExchange.connected(socket)
            defer { close(descriptor) }
            let request = Array("GET /v1/tap HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".utf8)
            _ = unsafe send(descriptor, request, request.count, 0)
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 64 << 10)
            while Self.lines(of: bytes)?.isEmpty ?? true {
                let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
                guard count > 0 else { break }
                bytes += buffer.prefix(count)
            }
            return Self.lines(of: bytes) ?? []
        }
    }

    @Test func `the end of the API ends a tap, and the answer is whole`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        var settings = APISettings()
        settings.socket = "\(folder.path)/api.sock"
        var harness = APIHarness(folder: folder.path, settings: settings)
        harness.spool = try Self.spool()
        let api = harness
        let open = Watermark(0)
        let reading = Mutex<Task<[UInt8], any Error>?>(nil)
        try await api.run { api, _ in
            let socket = api.socket
            let task = Task {
                try await onThread { () -> [UInt8] in
                    let descriptor = try UnixExchange.connected(socket)
                    defer { close(descriptor) }
                    let request = Array("GET /v1/tap HTTP/1.1\r\nHost: h\r\n\r\n".utf8)
                    _ = unsafe send(descriptor, request, request.count, 0)
                    var bytes: [UInt8] = []
                    var buffer = [UInt8](repeating: 0, count: 4096)
                    while true {
                        let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
                        guard count > 0 else { return bytes }
                        bytes += buffer.prefix(count)
                        open.advance(to: 1)
                    }
                }
            }
            reading.withLock { $0 = task }
            _ = try await open.wait(for: 1)
        }
        let bytes = try await reading.withLock { $0 }?.value ?? []
        #expect(String(decoding: bytes, as: UTF8.self).hasSuffix("0\r\n\r\n"))
    }

    @Test func `what the spool gave up before it was read is told as dropped`() async throws {
        let spool = try Self.spool(segmentByteCount: 4096)
        let feed = try #require(spool.feed(for: "s"))
        let reader = TapReader(await spool.tap(), .all)
        try await withThrowingTaskGroup { group in
            group.addTask { try await spool.run() }
            for number in 0..<200 {
                try await spool.accept(Self.batch(number))
                try await spool.settle()
                // The sink is always at the end, so that segments before it go and serve again.
                let end = spool.durable.value
                try feed.record(SinkRecord(position: end, nextEvent: UInt64(number + 1)))
            }
            group.cancelAll()
            while await group.nextResult() != nil {}
        }
        var droppedCount: UInt64 = 0
        var seen: [Int] = []
        while true {
            let piece = try await reader.next()
            for line in String(decoding: piece.lines, as: UTF8.self).split(separator: "\n") {
                switch TapLine(Array(line.utf8)) {
                case .dropped(let count): droppedCount += count
                case .event(let event): seen.append(Int(event.id.low))
                case nil: Issue.record("not understood: \(line)")
                }
            }
            if piece.isLast { break }
        }
        #expect(droppedCount > 100)
        #expect(Int(droppedCount) + seen.count == 200)
        #expect(seen == Array(Int(droppedCount)..<200))
    }

    private static func batch(_ number: Int) -> Batch {
        var writer = BatchWriter()
        writer.append(
            Event(
                id: EventID(high: 0, low: UInt64(number)), time: .earliest, observedTime: .earliest, source: "s",
                message: Text([UInt8](repeating: 0x78, count: 200))))
        return Batch(source: "s", cursor: nil, counts: SourceCounts(read: 1, accepted: 1), payload: writer.bytes)
    }

    @Test func `the client hands over lines, and says why it ended`() async throws {
        let tapping = Mutex<Task<(lines: [TapLine?], ending: TapError?), any Error>?>(nil)
        let seen = Watermark(0)
        try await run { api in
            let client = TapClient(socket: api.socket)
            let filter = EventFilter(conditions: [try EventFilter.Condition(key: "message", values: ["?"])])
            let task = Task { () -> (lines: [TapLine?], ending: TapError?) in
                var lines: [TapLine?] = []
                do {
                    try await client.run(filter) { line in
                        if let line { lines.append(TapLine(line)) }
                        seen.advance(to: seen.value + 1)
                    }
                    return (lines, nil)
                } catch let error as TapError {
                    return (lines, error)
                }
            }
            tapping.withLock { $0 = task }
            _ = try await seen.wait(for: 1)
            for message in ["a", "bb", "c"] {
                let answer = try await api.send("POST", "/v1/events", #"{"message":"\#(message)"}"#)
                #expect(answer.status == 201)
            }
            _ = try await seen.wait(for: 3)
        }
        let tapped = try await tapping.withLock { $0 }?.value
        let messages = (tapped?.lines ?? []).map { line -> String? in
            guard case .event(let event)? = line else { return nil }
            return event.message?.string
        }
        #expect(messages == ["a", "c"])
        #expect(tapped?.ending == .ended("it has stopped, or was given new settings"))
    }

    @Test func `without a daemon the client says so`() async throws {
        await #expect(throws: TapError.notThere("/nowhere/s", reason: "there is no such socket")) {
            try await TapClient(socket: "/nowhere/s").run(.all) { _ in }
        }
        #expect(TapError.notThere("/s", reason: "nobody listens").exitCode == 69)
        #expect(TapError.ended("it has stopped").exitCode == 69)
    }

    @Test func `an event is shown as its line of events log, in color by severity`() throws {
        let event = Event(
            id: EventID(high: 0, low: 1), time: .earliest, observedTime: .earliest, source: "s", kind: "A.B",
            severity: .critical, message: "m")
        var plain = LineRenderer(isColored: false, offset: { _ in 0 })
        var colored = LineRenderer(isColored: true, offset: { _ in 0 })
        let line = String(decoding: plain.line(event), as: UTF8.self)
        #expect(line.hasPrefix(#"0000-01-01T00:00:00.000+00:00 severity="FATAL" message="m" kind="A.B""#))
        #expect(line.hasSuffix("\n"))
        #expect(String(decoding: colored.line(event), as: UTF8.self) == "\u{1B}[1;31m\(line.dropLast())\u{1B}[0m\n")
        #expect(plain.line(event) == Array(line.utf8))
    }

    @Test func `lines may come in pieces of any size`() {
        var splitter = LineSplitter()
        #expect(splitter.append("ab".utf8).isEmpty)
        #expect(splitter.append("c\n\nd".utf8) == [Array("abc".utf8), []])
        #expect(splitter.append("\n".utf8) == [Array("d".utf8)])
    }
}
