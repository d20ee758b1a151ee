import EventModel
import EventText
import Foundation
import Pipeline
import Settings
import TestSupport

@testable import RemoteEvents

/// A real Panko, `Tests/Servers/panko`, on a port that the system chooses; it ends with its owner.
///
/// The first start makes a Python environment with it, in `PANKO_VENV` or below the build folder.
final class PankoServer {
    struct CannotStart: Error, CustomStringConvertible {
        let messages: String
        var description: String { "Panko does not start; packaging/setup.sh installs what it needs.\n\(messages)" }
    }

    /// `http://127.0.0.1:PORT`.
    let url: String
    private let folder: TemporaryFolder
    private let process: Process
    /// The server ends when this is closed, also if that is because the tests were killed.
    private let input: Pipe
    /// Changes what it has.
    let control: PankoControl

    /// - Parameter events: how many made-up events it has, three a second from 2024-05-17T08:00:00Z.
    init(events: Int) async throws {
        folder = TemporaryFolder()
        let root = (0..<4).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        let messages = folder.path + "/messages"
        _ = FileManager.default.createFile(atPath: messages, contents: nil)
        process = Process()
        process.executableURL = root.appending(path: "Tests/Servers/panko/run.sh")
        process.arguments = ["0", folder.path, "--events", String(events), "--until-input-ends"]
        var environment = ProcessInfo.processInfo.environment
        if environment["PANKO_VENV"] == nil {
            environment["PANKO_VENV"] = root.appending(path: ".build/panko-venv").path
        }
        process.environment = environment
        input = Pipe()
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle(forWritingAtPath: messages)
        try process.run()
        let line = await Self.firstLine(of: output)
        guard let mark = line.firstRange(of: "http://") else {
            throw CannotStart(messages: (try? String(contentsOfFile: messages, encoding: .utf8)) ?? "")
        }
        url = String(line[mark.lowerBound...])
        control = PankoControl(url)
    }

    /// Ends it.
    func stop() async {
        await control.close()
        input.fileHandleForWriting.closeFile()
        process.terminate()
        process.waitUntilExit()
    }

    /// What it says first; empty when it ends without a word.
    private static func firstLine(of output: Pipe) async -> String {
        let handle = output.fileHandleForReading
        return await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var bytes: [UInt8] = []
                while !bytes.contains(0x0A) {
                    let data = handle.availableData
                    guard !data.isEmpty else { break }
                    bytes += [UInt8](data)
                }
                continuation.resume(returning: String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self))
            }
        }
    }
}

/// What tests do to a server behind its clients' back.
final class PankoControl: Sendable {
    private let url: String
    private let transport = HTTPTransport(RemoteSettings(url: "", pageSize: 1), version: "test")

    fileprivate init(_ url: String) {
        self.url = url
    }

    func close() async { await transport.close() }

    /// Inserts the next made-up events.
    ///
    /// - Returns: their ids.
    @discardableResult
    func insert(_ count: Int) async throws -> [String] {
        try await control("events", #"{"count": \#(count)}"#)
    }

    /// Inserts an event of Nova's.
    func insert(_ id: String, at time: Timestamp, traits: String = "[]") async throws {
        let generated = time.canonicalText.dropLast()
        _ = try await control(
            "events",
            #"{"events": [{"message_id": "\#(id)", "event_type": "compute.instance.create.error", "#
                + #""generated": "\#(generated)", "traits": \#(traits)}]}"#)
    }

    func delete(_ ids: [String]) async throws {
        let list = ids.map { "\"\($0)\"" }.joined(separator: ", ")
        _ = try await control("delete", #"{"message_ids": [\#(list)]}"#)
    }

    /// Deletes as Panko's expirer does.
    func delete(before time: Timestamp) async throws {
        _ = try await control("delete", #"{"before": "\#(time.canonicalText.dropLast())"}"#)
    }

    /// Makes every token invalid.
    func revoke() async throws {
        _ = try await control("revoke", "{}")
    }

    private func control(_ path: String, _ body: String) async throws -> [String] {
        let answer = try await transport.send(
            RemoteRequest(.post, url: "\(url)/_control/\(path)", body: Array(body.utf8), purpose: "control"))
        guard case .response(let response) = answer, response.status == 200 else {
            throw PankoServer.CannotStart(messages: "\(answer)")
        }
        guard case .array(let ids)? = try JSONParser().parse(response.body.span)["message_ids"] else { return [] }
        return ids.compactMap { id in
            guard case .text(let text) = id else { return nil }
            return text.string
        }
    }
}

/// A tail of a real Panko through the whole source, which can be killed between any two requests.
final class PankoTail {
    let acceptor = RecordingAcceptor()
    let log = RecordedLog()
    private let settings: PankoSettings
    private let clock: RemoteClock

    init(_ settings: PankoSettings, now: @escaping @Sendable () -> Timestamp = RemoteClock.machine.now) {
        self.settings = settings
        clock = RemoteClock(now: now, pause: { _ in })
    }

    /// Reads all there is, from where the last run got to.
    ///
    /// - Parameter hook: called before each request with its number, from 0; what it throws, the transport throws.
    func run(before hook: @escaping @Sendable (Int, RemoteRequest) async throws -> Void = { _, _ in }) async throws {
        let settings = settings
        let transport = HookedTransport(HTTPTransport(settings.remote, version: "test"), hook)
        let source = RemoteSource(
            name: "panko", settings: settings.remote, transport: transport, clock: clock, logger: log.logger
        ) { PankoAPI(settings: settings, cursor: $0) }
        try await source.run(from: acceptor.batches.last?.cursor, mode: .once, into: acceptor)
    }

    /// The ids that an event of each of these has.
    func ids(_ natives: [String]) -> [EventID] {
        let page = RemotePage(source: "panko", observedTime: second(0))
        return natives.map { page.id(of: Text($0)) }
    }
}

/// Does something before each request.
private actor HookedTransport: RemoteTransport {
    private let transport: HTTPTransport
    private let hook: @Sendable (Int, RemoteRequest) async throws -> Void
    private var count = 0

    init(_ transport: HTTPTransport, _ hook: @escaping @Sendable (Int, RemoteRequest) async throws -> Void) {
        self.transport = transport
        self.hook = hook
    }

    func send(_ request: RemoteRequest) async throws -> RemoteAnswer {
        count += 1
        try await hook(count - 1, request)
        return try await transport.send(request)
    }

    func close() async { await transport.close() }
}
