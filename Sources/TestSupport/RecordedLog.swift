package import Logging
internal import Pipeline
internal import Synchronization

/// Keeps what a component logs, so that a test can wait for a message instead of sleeping.
package final class RecordedLog: Sendable {
    private let lines = Mutex([String]())
    private let count = Watermark(0)

    package init() {}

    /// `level: message`, in order.
    package var messages: [String] { lines.withLock { $0 } }

    /// A logger that writes here.
    package var logger: Logger { Logger(label: "test") { _ in RecordedLogHandler(log: self) } }

    /// Returns when a message was logged that contains `text`, also if that was before the call.
    ///
    /// - Parameter number: how many such messages there must be.
    package func waitForMessage(containing text: String, number: Int = 1) async throws {
        while true {
            let seen = count.value
            if messages.count(where: { $0.contains(text) }) >= number { return }
            _ = try await count.wait(for: seen + 1)
        }
    }

    fileprivate func add(_ line: String) {
        let total = lines.withLock { lines in
            lines.append(line)
            return lines.count
        }
        count.advance(to: total)
    }
}

private struct RecordedLogHandler: LogHandler {
    let log: RecordedLog
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.debug

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        log.add("\(event.level): \(event.message)")
    }
}
