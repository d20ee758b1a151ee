internal import EventModel
internal import HTTPTypes
internal import HummingbirdCore
internal import NIOCore
internal import Pipeline
internal import Synchronization

/// `GET /v1/tap`: accepted events as they become durable, one a line, for as long as the client stays.
///
/// A client that reads slowly slows nobody: it reads the spool at its own pace, and what the spool has given up by then
/// it is told of as `{"dropped": N}`. A blank line goes out when there was nothing else for a while.
final class TapEndpoint: Sendable {
    /// What a request for a tap gets.
    enum Reply {
        case stream(TapStream)
        case refused(Answer)
    }

    private let source: any TapSource
    private let limits: LocalAPI.Limits
    private let clock: any Clock<Duration>
    private let openCount = Mutex(0)
    /// Reaches 1 when all taps are to end.
    private let end = Watermark(0)

    init(_ source: any TapSource, limits: LocalAPI.Limits, clock: any Clock<Duration>) {
        self.source = source
        self.limits = limits
        self.clock = clock
    }

    /// Opens a tap; ``TapStream/run(_:)`` must then be called.
    ///
    /// - Parameter target: the request's, whose values `where` are JSON mappings; all of them must hold.
    func open(_ target: String) async -> Reply {
        let filter: EventFilter
        do throws(EventFilterError) {
            filter = try Self.filter(of: target)
        } catch {
            return .refused(
                .refused(400, #"where: \#(error); write a mapping as JSON, such as {"severity": ">= warning"}"#))
        }
        let isFree = openCount.withLock { count in
            guard count < limits.taps else { return false }
            count += 1
            return true
        }
        guard isFree else { return .refused(tooMany) }
        return .stream(
            TapStream(
                tap: await source.tap(), filter: filter, heartbeat: limits.heartbeat, clock: clock, end: end,
                close: { self.openCount.withLock { $0 -= 1 } }))
    }

    /// Ends all taps, also those that are opened from now on.
    func stop() {
        end.advance(to: 1)
    }

    private var tooMany: Answer {
        .refused(503, "\(limits.taps) taps are open, and there can be no more", fields: [("retry-after", "30")])
    }

    static func filter(of target: String) throws(EventFilterError) -> EventFilter {
        var conditions: [EventFilter.Condition] = []
        for text in queryValues("where", in: target) {
            conditions += try EventFilter(canonicalText: text).conditions
        }
        return EventFilter(conditions: conditions)
    }
}

/// One tap and its client.
struct TapStream: Sendable {
    let tap: any EventTap
    let filter: EventFilter
    let heartbeat: Duration
    let clock: any Clock<Duration>
    let end: Watermark<Int>
    /// Frees the tap's place.
    let close: @Sendable () -> Void

    /// Why a wait was over.
    private enum Wakeup {
        case more, silence, end
    }

    /// Sends until the client goes away or the tap is to end.
    func run(_ writer: consuming ResponseWriter) async throws {
        try await run(writer, clock)
    }

    private func run<C: Clock<Duration>>(_ writer: consuming ResponseWriter, _ clock: C) async throws {
        defer { close() }
        let reader = TapReader(tap, filter)
        var body = try await writer.writeHead(
            HTTPResponse(
                status: .ok, headerFields: [.contentType: "application/x-ndjson", .cacheControl: "no-store"]))
        var lastWrite = clock.now
        while true {
            let piece = try await reader.next()
            let isSilent = lastWrite.duration(to: clock.now) >= heartbeat
            if !piece.lines.isEmpty || isSilent {
                try await body.write(ByteBuffer(bytes: piece.lines.isEmpty ? [0x0A] : piece.lines))
                lastWrite = clock.now
            }
            guard piece.isLast || end.value > 0 else { continue }
            let rest = heartbeat - lastWrite.duration(to: clock.now)
            if await wait(at: await reader.position, atMost: rest) == .end { break }
        }
        try await body.finish(nil)
    }

    private func wait(at position: SpoolPosition, atMost time: Duration) async -> Wakeup {
        await withTaskGroup(of: Wakeup.self) { group in
            group.addTask { (try? await tap.waitForMore(at: position)) == true ? .more : .end }
            group.addTask {
                _ = try? await end.wait(for: 1)
                return .end
            }
            group.addTask {
                do { try await clock.sleep(for: time) } catch { return .end }
                return .silence
            }
            let wakeup = await group.next() ?? .end
            group.cancelAll()
            return end.value > 0 ? .end : wakeup
        }
    }
}
