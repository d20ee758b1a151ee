import EventModel
import Glibc
import Pipeline
import Platform
import Spool
import TestSupport

@testable import LocalAPI

/// A running API, its socket in a folder of its own, and the spool behind it.
struct APIHarness: Sendable {
    let acceptor = RecordingAcceptor()
    let folder: String
    var settings: APISettings
    /// The log of the API.
    let log = RecordedLog()
    /// Takes events in the place of `acceptor`, and is tapped; `nil` for none.
    var spool: Spool?
    /// The socket in the place of the one of the settings.
    var passed: PassedSocket?
    var socket: String { settings.socket }

    /// When the harness's clock stands still: 2026-11-21T09:30:00Z.
    static let now = Timestamp("2026-11-21T09:30:00Z")!

    /// Runs an API around `body`, then cancels it and waits for its end.
    static func run(
        maximumBody: Int = 8 << 20, mode: UInt32 = 0o660, control: (any SinkControl)? = nil,
        limits: LocalAPI.Limits = LocalAPI.Limits(),
        _ body: (APIHarness) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        var settings = APISettings()
        settings.socket = "\(folder.path)/run/api.sock"
        settings.socketMode = mode
        settings.maximumBody = maximumBody
        try await APIHarness(folder: folder.path, settings: settings).run(control: control, limits: limits) {
            harness, _ in
            try await body(harness)
        }
    }

    /// Runs the API around `body`, which is told the TCP port; 0 without one.
    func run(
        control: (any SinkControl)? = nil, limits: LocalAPI.Limits = LocalAPI.Limits(),
        _ body: (APIHarness, Int) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup { group in
            let (listening, signal) = AsyncStream<Int>.makeStream()
            let api = api(control: control, limits: limits)
            let isRemote = settings.listen != nil
            group.addTask {
                defer { signal.finish() }
                try await api.run {
                    if !isRemote { signal.yield(0) }
                } whenReachable: {
                    signal.yield($0)
                }
            }
            var port = 0
            for await reached in listening {
                port = reached
                break
            }
            try await body(self, port)
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    /// An API of these settings that does not run yet.
    func api(
        control: (any SinkControl)? = nil, limits: LocalAPI.Limits = LocalAPI.Limits()
    ) -> LocalAPI {
        LocalAPI(
            settings: settings, passed: passed, acceptor: spool ?? acceptor, taps: spool ?? NoTaps(), host: "node1",
            control: control, limits: limits, now: { APIHarness.now }, status: { StatusReport.sample },
            logger: log.logger)
    }

    /// Sends a request and reads the answer.
    func send(
        _ method: String = "POST", _ path: String = "/v1/events", _ body: String = "",
        contentType: String? = "application/json"
    ) async throws -> RawAnswer {
        let type = contentType.map { "Content-Type: \($0)\r\n" } ?? ""
        return try await exchange(
            """
            \(method) \(path) HTTP/1.1\r
            Host: localhost\r
            Connection: close\r
            \(type)Content-Length: \(body.utf8.count)\r
            \r
            \(body)
            """)
    }

    /// Sends bytes as they are, and reads until the other end closes.
    ///
    /// - Parameter endsSending: whether the sending half of the connection is closed after the bytes.
    func exchange(_ bytes: String, endsSending: Bool = false) async throws -> RawAnswer {
        let socket = socket
        return RawAnswer(
            try await onThread { try UnixExchange.run(socket, Array(bytes.utf8), endsSending: endsSending) })
    }
}

/// Where nothing can be tapped.
struct NoTaps: TapSource {
    func tap() async -> any EventTap { preconditionFailure("this test has no spool") }
}

/// An HTTP answer, taken apart by hand.
struct RawAnswer: Sendable {
    let status: Int
    /// Header lines, lower case.
    let fields: String
    let body: String

    init(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        status = Int(text.dropFirst(9).prefix(3)) ?? 0
        fields = parts.first.map { $0.lowercased() } ?? ""
        body = parts.count > 1 ? String(parts[1]) : ""
    }

    /// The ids of a 201.
    var ids: [String] {
        guard status == 201 else { return [] }
        return body.split(separator: "\"").filter { $0.utf8.count == 32 }.map(String.init)
    }
}

/// Blocking calls on a Unix socket.
enum UnixExchange {
    struct Failure: Error {
        let code: Int32
    }

    /// Connects a socket; the caller closes it.
    static func connected(_ path: String) throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else {
            defer { close(descriptor) }
            throw Failure(code: errno)
        }
        return descriptor
    }

    static func run(_ path: String, _ bytes: [UInt8], endsSending: Bool) throws -> [UInt8] {
        let descriptor = try connected(path)
        defer { close(descriptor) }
        return try run(on: descriptor, bytes, endsSending: endsSending)
    }

    /// Sends a request and reads until the other end closes.
    static func run(on descriptor: Int32, _ bytes: [UInt8], endsSending: Bool) throws -> [UInt8] {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.send(descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { break }  // The other end answered and closed before it had everything.
            sent += count
        }
        if endsSending { shutdown(descriptor, Int32(SHUT_WR)) }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return answer }
            answer.append(contentsOf: buffer.prefix(count))
        }
    }
}

/// Runs blocking work away from the threads that the API runs on.
func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        startThread(name: "client") { continuation.resume(with: Swift.Result(catching: body)) }
    }
}

/// A folder of one test.
struct TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/local-api-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw UnixExchange.Failure(code: errno) }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Removes the folder and, two levels deep, what is in it.
    func remove() {
        let files = PosixFileSystem()
        for name in (try? files.list(path)) ?? [] {
            for inner in (try? files.list("\(path)/\(name)")) ?? [] { unsafe unlink("\(path)/\(name)/\(inner)") }
            unsafe unlink("\(path)/\(name)")
            unsafe rmdir("\(path)/\(name)")
        }
        unsafe rmdir(path)
    }
}
