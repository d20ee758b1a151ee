package import EventModel
internal import EventText
internal import Foundation
internal import Pipeline
internal import RemoteEvents
internal import Settings
internal import TestSupport

/// A real Panko, `Tests/Servers/panko`, on a port that the system chooses; it ends with its owner.
///
/// The first start makes a Python environment with it, in `PANKO_VENV` or below the build folder.
package final class PankoServer {
    package struct CannotStart: Error, CustomStringConvertible {
        package let messages: String
        package var description: String {
            "Panko does not start; `packaging/setup.sh tests` installs what it needs.\n\(messages)"
        }
    }

    /// `http://127.0.0.1:PORT`.
    package let url: String
    private let folder: TemporaryFolder
    private let process: Process
    /// The server ends when this is closed, also if that is because the tests were killed.
    private let input: Pipe
    /// Changes what it has.
    package let control: PankoControl

    /// - Parameter events: how many made-up events it has, three a second from 2024-05-17T08:00:00Z.
    package init(events: Int) async throws {
        folder = TemporaryFolder()
        let root = (0..<3).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }
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
    package func stop() async {
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
package final class PankoControl: Sendable {
    private let url: String
    private let transport = HTTPTransport(RemoteSettings(url: "", pageSize: 1), version: "test")

    fileprivate init(_ url: String) {
        self.url = url
    }

    package func close() async { await transport.close() }

    /// Inserts the next made-up events.
    ///
    /// - Returns: their ids.
    @discardableResult
    package func insert(_ count: Int) async throws -> [String] {
        try await control("events", #"{"count": \#(count)}"#)
    }

    /// Inserts an event of Nova's.
    package func insert(_ id: String, at time: Timestamp, traits: String = "[]") async throws {
        let generated = time.canonicalText.dropLast()
        _ = try await control(
            "events",
            #"{"events": [{"message_id": "\#(id)", "event_type": "compute.instance.create.error", "#
                + #""generated": "\#(generated)", "traits": \#(traits)}]}"#)
    }

    package func delete(_ ids: [String]) async throws {
        let list = ids.map { "\"\($0)\"" }.joined(separator: ", ")
        _ = try await control("delete", #"{"message_ids": [\#(list)]}"#)
    }

    /// Deletes as Panko's expirer does.
    package func delete(before time: Timestamp) async throws {
        _ = try await control("delete", #"{"before": "\#(time.canonicalText.dropLast())"}"#)
    }

    /// Makes every token invalid.
    package func revoke() async throws {
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
