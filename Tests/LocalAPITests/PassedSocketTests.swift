import Glibc
import TestSupport
import Testing

@testable import LocalAPI

@Suite struct PassedSocketTests {
    private func descriptors(_ environment: [String: String]) -> PassedDescriptors? {
        PassedDescriptors(environment: { environment[$0] }, process: 42)
    }

    @Test func `what is meant for another process is not ours`() {
        #expect(descriptors([:]) == nil)
        #expect(descriptors(["LISTEN_PID": "41", "LISTEN_FDS": "1"]) == nil)
        #expect(descriptors(["LISTEN_FDS": "1"]) == nil)
        #expect(descriptors(["LISTEN_PID": "42"]) == nil)
        for count in ["0", "-1", "x", "1025", ""] {
            #expect(descriptors(["LISTEN_PID": "42", "LISTEN_FDS": count]) == nil)
        }
    }

    @Test func `the only descriptor counts, whatever its name`() {
        let one = descriptors(["LISTEN_PID": "42", "LISTEN_FDS": "1", "LISTEN_FDNAMES": "unknown"])
        #expect(one?.descriptor(named: "tributary.socket") == 3)
        #expect(descriptors(["LISTEN_PID": "42", "LISTEN_FDS": "1"])?.descriptor(named: "tributary.socket") == 3)
    }

    @Test func `of several the one of our unit counts`() {
        let names = ["LISTEN_PID": "42", "LISTEN_FDS": "3", "LISTEN_FDNAMES": "a.socket:tributary.socket:b"]
        #expect(descriptors(names)?.descriptor(named: "tributary.socket") == 4)
        #expect(descriptors(["LISTEN_PID": "42", "LISTEN_FDS": "2"])?.descriptor(named: "tributary.socket") == nil)
    }

    @Test func `what is no Unix socket that listens is refused`() throws {
        let stream = Int32(SOCK_STREAM.rawValue)
        let cases: [(Int32, String)] = [
            (unsafe open("/dev/null", O_RDONLY), "no Unix socket"), (socket(AF_INET, stream, 0), "no Unix socket"),
            (socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0), "no stream socket"),
            (socket(AF_UNIX, stream, 0), "does not listen"),
        ]
        for (descriptor, problem) in cases {
            defer { close(descriptor) }
            let error = #expect(throws: LocalSocketError.self) { try PassedSocket(descriptor) }
            #expect(error?.description.contains(problem) == true)
        }
    }

    @Test func `the API serves a passed socket, again after its end, and leaves its file alone`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = "\(folder.path)/systemd.sock"
        let socket = try LocalSocket.listen(at: path, mode: 0o640)
        defer { close(socket.descriptor) }
        var settings = APISettings()
        settings.socket = "\(folder.path)/unused.sock"
        var harness = APIHarness(folder: folder.path, settings: settings)
        harness.passed = try PassedSocket(socket.descriptor)
        for _ in 0..<2 {
            try await harness.run { _, _ in
                let answer = try await onThread {
                    RawAnswer(try UnixExchange.run(path, EventsEndpointTests.request("{}"), endsSending: false))
                }
                #expect(answer.status == 201)
            }
            var information = stat()
            unsafe #expect(lstat(path, &information) == 0)
            #expect(information.st_mode & 0o777 == 0o640)
            unsafe #expect(access(settings.socket, F_OK) != 0)
        }
        #expect(harness.acceptor.batches.count == 2)
    }
}
