import EventModel
import Glibc
import Platform
import Synchronization
import TestSupport
import Testing

@testable import LocalAPI

@Suite struct LocalAPITests {
    @Test(arguments: [0o660, 0o600, 0o666] as [UInt32])
    func `the socket has the mode of the settings, whatever the umask`(mode: UInt32) async throws {
        try await APIHarness.run(mode: mode) { api in
            var information = stat()
            unsafe #expect(lstat(api.socket, &information) == 0)
            #expect(information.st_mode & S_IFMT == S_IFSOCK)
            #expect(information.st_mode & 0o777 == mode)
        }
    }

    @Test func `cancellation removes the socket`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let (harness, running) = await started(in: folder)
        unsafe #expect(access(harness.socket, F_OK) == 0)
        running.cancel()
        try await running.value
        unsafe #expect(access(harness.socket, F_OK) != 0)
        #expect(try PosixFileSystem().list(folder.path).isEmpty)
    }

    @Test func `a socket that nobody listens on is replaced`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = "\(folder.path)/api.sock"
        close(try LocalSocket.listen(at: path, mode: 0o600).descriptor)
        unsafe #expect(access(path, F_OK) == 0)
        let socket = try LocalSocket.listen(at: path, mode: 0o600)
        close(try UnixExchange.connected(path))
        close(socket.descriptor)
        socket.remove()
        unsafe #expect(access(path, F_OK) != 0)
    }

    @Test func `a socket that answers is another Tributary`() async throws {
        try await APIHarness.run { api in
            await #expect(throws: LocalSocketError.occupied(api.socket)) { try await api.api().run() }
            #expect(LocalSocketError.occupied(api.socket).description.contains("another Tributary runs"))
            let answer = try await api.send("GET", "/healthz")
            #expect(answer.status == 200)
        }
    }

    @Test func `a file that is no socket is left alone`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = "\(folder.path)/file"
        _ = try PosixFileSystem().open(path, .createNew, permissions: 0o600)
        #expect(throws: LocalSocketError.notASocket(path)) { try LocalSocket.listen(at: path, mode: 0o600) }
        unsafe #expect(access(path, F_OK) == 0)
    }

    @Test func `a path that no address can hold is refused`() throws {
        let path = "/tmp/" + String(repeating: "x", count: 120)
        #expect(throws: LocalSocketError.badPath(path, limit: 107)) { try LocalSocket.listen(at: path, mode: 0o600) }
    }

    @Test func `a socket that another process put in the place stays`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = "\(folder.path)/api.sock"
        let first = try LocalSocket.listen(at: path, mode: 0o600)
        close(first.descriptor)
        let second = try LocalSocket.listen(at: path, mode: 0o600)
        first.remove()
        close(try UnixExchange.connected(path))
        close(second.descriptor)
    }

    @Test func `a request that is being answered at cancellation gets its answer`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let (harness, running) = await started(in: folder)
        harness.acceptor.holdDurability()
        async let answer = harness.send("POST", "/v1/events", "{}")
        try await harness.acceptor.waitForBatches(count: 1)
        running.cancel()
        harness.acceptor.releaseDurability()
        #expect(try await answer.status == 201)
        try await running.value
    }

    @Test func `a client that has connected before cancellation gets an answer to its first request`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let (harness, running) = await started(in: folder)
        let descriptor = try UnixExchange.connected(harness.socket)
        defer { close(descriptor) }
        // Connections are accepted one after the other, so it was, too.
        #expect(try await harness.send("GET", "/healthz").status == 200)
        running.cancel()
        let request = "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"
        let answer = try await onThread {
            try UnixExchange.run(on: descriptor, Array(request.utf8), endsSending: false)
        }
        #expect(String(decoding: answer, as: UTF8.self).hasPrefix("HTTP/1.1 201 "))
        try await running.value
    }

    @Test func `neither an idle client nor a stuck spool holds up the end`() async throws {
        var limits = LocalAPI.Limits()
        limits.grace = .milliseconds(20)
        let idle = Mutex<Int32>(-1)
        defer { close(idle.withLock { $0 }) }
        try await APIHarness.run(limits: limits) { api in
            let descriptor = try UnixExchange.connected(api.socket)
            idle.withLock { $0 = descriptor }
            api.acceptor.holdDurability()
            let answer = Task { try await api.send("POST", "/v1/events", "{}") }
            try await api.acceptor.waitForBatches(count: 1)
            answer.cancel()  // It is not waited for: the end of the API ends it.
        }
    }

    @Test func `clients that connect while it ends do no harm`() async throws {
        for _ in 0..<20 {
            let folder = try TemporaryFolder()
            defer { folder.remove() }
            let (harness, running) = await started(in: folder)
            let path = harness.socket
            async let clients = onThread { (0..<30).compactMap { _ in try? UnixExchange.connected(path) } }
            running.cancel()
            try await running.value
            for descriptor in try await clients { close(descriptor) }
        }
    }

    /// An API that listens, and the task that runs it.
    private func started(in folder: TemporaryFolder) async -> (APIHarness, Task<Void, any Error>) {
        var settings = APISettings()
        settings.socket = "\(folder.path)/api.sock"
        let harness = APIHarness(folder: folder.path, settings: settings)
        let (listening, signal) = AsyncStream<Void>.makeStream()
        let running = Task { try await harness.api().run { signal.yield() } }
        for await _ in listening { break }
        return (harness, running)
    }
}
