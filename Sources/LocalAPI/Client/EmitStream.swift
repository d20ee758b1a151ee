/// Cuts a stream of events into requests of at most ``maximumByteCount`` bytes and ``maximumEventCount`` events.
///
/// The stream is one object, an array of objects, or objects one after the other, as on lines. An event larger than
/// a request's usual size goes alone.
package struct EmitStream {
    /// Bytes in a request, 1 MiB, unless one event alone has more.
    package static let maximumByteCount = 1 << 20
    /// Events in a request.
    package static let maximumEventCount = 1_000
    /// Largest event, in bytes: the most that `api.maximum-body` can allow.
    package static let maximumEventByteCount = 16 << 20

    /// A request's body.
    package struct Part: Equatable, Sendable {
        /// Objects, each followed by a line feed.
        package let body: [UInt8]
        /// Events that came before in the stream.
        package let firstEvent: Int
    }

    private var splitter = JSONObjectSplitter()
    /// Whole objects, and behind them the current one.
    private var pending: [UInt8] = []
    /// Where the current object begins in `pending`.
    private var objectStart = 0
    private var pendingEventCount = 0
    private var sentEventCount = 0

    /// Events that went out.
    package var eventCount: Int { sentEventCount }

    package init() {}

    /// Takes bytes of the stream.
    ///
    /// - Returns: what can go out now.
    /// - Throws: ``EmitError/refused(_:problems:)`` when the stream is not of this form; nothing of what is pending
    ///   goes out then.
    package mutating func append(_ bytes: some Sequence<UInt8>) throws(EmitError) -> [Part] {
        var parts: [Part] = []
        for byte in bytes {
            switch try step(byte) {
            case .outside: continue
            case .begins, .inside:
                pending.append(byte)
                guard pending.count - objectStart <= Self.maximumEventByteCount else {
                    throw problem("an event has at most \(Self.maximumEventByteCount) bytes")
                }
            case .ends:
                pending.append(byte)
                endObject(&parts)
            }
        }
        return parts
    }

    /// Ends the stream.
    ///
    /// - Returns: what was still pending.
    package mutating func finish() throws(EmitError) -> Part? {
        do throws(SplitError) {
            try splitter.finish()
        } catch {
            throw problem("\(error)")
        }
        return cut()
    }

    private mutating func step(_ byte: UInt8) throws(EmitError) -> JSONObjectSplitter.Step {
        do throws(SplitError) {
            return try splitter.step(byte)
        } catch {
            throw problem("\(error)")
        }
    }

    private mutating func endObject(_ parts: inout [Part]) {
        if pending.count > Self.maximumByteCount, pendingEventCount > 0 {
            let object = Array(pending[objectStart...])
            pending.removeSubrange(objectStart...)
            if let part = cut() { parts.append(part) }
            pending = object
        }
        pending.append(0x0A)
        pendingEventCount += 1
        objectStart = pending.count
        if pending.count >= Self.maximumByteCount || pendingEventCount == Self.maximumEventCount, let part = cut() {
            parts.append(part)
        }
    }

    private mutating func cut() -> Part? {
        guard pendingEventCount > 0 else { return nil }
        defer {
            sentEventCount += pendingEventCount
            pending = []
            objectStart = 0
            pendingEventCount = 0
        }
        return Part(body: pending, firstEvent: sentEventCount)
    }

    private func problem(_ text: String) -> EmitError {
        let event = sentEventCount + pendingEventCount
        return .refused(
            "the input is no JSON object, array of objects or line-by-line JSON",
            problems: [EmitError.Problem(event: event, field: "", problem: text)])
    }
}
