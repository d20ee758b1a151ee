import EventFiles
import EventModel
import EventText
import Glibc
import LocalAPI
import Platform
import Synchronization

/// Sends events to the daemon, some at a time, and knows how far it came.
struct ReplaySending: Sendable {
    private static let maximumByteCount = 1 << 20
    private static let maximumEventCount = 1000

    let sink: String
    let client: SinkClient
    /// Why it could not go on.
    private(set) var failure: SinkRequestError?

    private var body: [UInt8] = []
    private var count = 0
    private var sentCount = 0
    /// Time of the last event that was sent.
    private var sentTime = ""

    /// Sends all that a search finds. Blocks.
    static func run(
        _ search: EventSearch, to sink: String, with client: SinkClient
    ) async -> (ReplaySending, EventSearch.Report) {
        var sending = ReplaySending(sink: sink, client: client)
        let report = search.run { lines in
            sending.add(lines)
            return sending.failure == nil
        }
        if sending.failure == nil { sending.flush() }
        return (sending, report)
    }

    private init(sink: String, client: SinkClient) {
        self.sink = sink
        self.client = client
    }

    /// Takes events in canonical JSON, a line each.
    private mutating func add(_ lines: [UInt8]) {
        for line in lines.split(separator: 0x0A) where failure == nil {
            body.append(contentsOf: line)
            body.append(0x0A)
            count += 1
            if body.count >= Self.maximumByteCount || count >= Self.maximumEventCount { flush() }
        }
    }

    /// Sends what was taken.
    private mutating func flush() {
        guard count > 0 else { return }
        let (client, sink, body) = (client, sink, body)
        let answer: SinkRequestError? = wait { () async -> SinkRequestError? in
            do throws(SinkRequestError) {
                try await client.replay(body, to: sink)
                return nil
            } catch {
                return error
            }
        }.flatMap { $0 }
        if let answer {
            failure = answer
            return
        }
        sentCount += count
        let last = body.split(separator: 0x0A).last.map(Array.init) ?? []
        if case .text(let time)? = (try? JSONParser(maximumByteCount: last.count).parse(last.span))?["time"] {
            sentTime = time.string
        }
        count = 0
        self.body.removeAll(keepingCapacity: true)
        if isatty(STDERR_FILENO) == 1 { complain("\(sentCount) events, up to \(sentTime)") }
    }

    /// How many were sent, and how far that is.
    var report: String {
        guard sentCount > 0 else { return "No event was handed over for sink '\(sink)'." }
        return "\(sentCount) events were handed over for sink '\(sink)', the last one of \(sentTime)."
    }
}

/// Blocks the thread until `body` has ended elsewhere.
private func wait<Result: Sendable>(_ body: @escaping @Sendable () async -> Result) -> Result? {
    let end = Semaphore()
    let result = Mutex<Result?>(nil)
    Task.detached {
        let value = await body()
        result.withLock { $0 = value }
        end.post()
    }
    end.wait()
    return result.withLock { $0 }
}
