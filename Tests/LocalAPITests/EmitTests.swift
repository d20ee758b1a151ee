import EventModel
import Glibc
import Pipeline
import TestSupport
import Testing

@testable import LocalAPI

@Suite struct EmitTests {
    @Test func `a request says what the command line said`() throws {
        var request = EmitRequest()
        request.message = "say \"hi\"\n\u{1B}"
        request.kind = "Software.Service.Started"
        request.severity = "major"
        try request.setCode("0x0DFFFFFF")
        try request.setTenant("t1:Tenant One")
        try request.addObject("VM:vm1")
        try request.addObject("VM:vm2:The second: one")
        try request.addParameter("path=/a=b")
        try request.addParameter("count:=5")
        try request.addParameter("ok:=true")
        try request.addParameter("empty=")
        request.tags = ["a"]
        request.arguments = ["x", "y"]
        let body = String(decoding: request.body(id: EventID(high: 0, low: 1)), as: UTF8.self)
        #expect(
            body == #"""
                {"id":"00000000000000000000000000000001","kind":"Software.Service.Started","severity":"major",\#
                "code":234881023,"message":"say \"hi\"\n\u001b","tenant":{"id":"t1","name":"Tenant One"},\#
                "objects":[{"type":"VM","id":"vm1"},{"type":"VM","id":"vm2","name":"The second: one"}],\#
                "arguments":["x","y"],"parameters":{"path":"/a=b","count":5,"ok":true,"empty":""},"tags":["a"]}
                """#)
    }

    @Test(arguments: ["", "-1", "+1", "4294967296", "0x", "0x1FFFFFFFF", "12a", "0b1"])
    func `a code that is no 32-bit number is refused`(text: String) {
        #expect(throws: EmitUsageError.self) {
            var request = EmitRequest()
            try request.setCode(text)
        }
    }

    @Test(arguments: ["", "a", "=x", "a:=", "a:=x", "a:=1x", "a:={}", "a:=null", ":=1", "a:=01"])
    func `a parameter without name or value is refused`(text: String) {
        #expect(throws: EmitUsageError.self) {
            var request = EmitRequest()
            try request.addParameter(text)
        }
    }

    @Test(arguments: ["", "VM", "VM:", ":vm1"])
    func `an object without type or id is refused`(text: String) {
        #expect(throws: EmitUsageError.self) {
            var request = EmitRequest()
            try request.addObject(text)
        }
    }

    @Test func `a client's event arrives under the id it chose`() async throws {
        try await APIHarness.run { api in
            var request = EmitRequest()
            request.message = "by hand"
            try request.addParameter("big:=18446744073709551615")
            let id = EventID.random()
            #expect(try await EventsClient(socket: api.socket).post(request.body(id: id)) == [id.description])
            let event = try #require(try api.acceptor.events().first)
            #expect(event.id == id)
            #expect(event.message == "by hand")
            #expect(event.parameters.first == Parameter("big", .integer(WholeNumber(magnitude: .max))))
        }
    }

    @Test func `a client learns of every bad field`() async throws {
        try await APIHarness.run { api in
            let body = Array(#"{"severity":"bad"}{"visibility":"bad"}"#.utf8)
            do throws(EmitError) {
                _ = try await EventsClient(socket: api.socket).post(body)
                Issue.record("the events were taken")
            } catch {
                guard case .refused(_, let problems) = error else { throw error }
                #expect(problems.map(\.event) == [0, 1])
                #expect(problems.map(\.field) == ["severity", "visibility"])
                #expect(error.exitCode == 65)
                #expect(error.shifted(by: 1000).description.contains("event 1001: visibility: "))
            }
        }
    }

    @Test func `a client without a daemon learns what to do`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = "\(folder.path)/api.sock"
        await #expect(throws: EmitError.noSocket(path)) { try await EventsClient(socket: path).post([]) }
        close(try LocalSocket.listen(at: path, mode: 0o600).descriptor)
        await #expect(throws: EmitError.nobodyListens(path)) { try await EventsClient(socket: path).post([]) }
        #expect(EmitError.noSocket(path).exitCode == 69)
        #expect(EmitError.noSocket(path).description.contains("api.socket"))
        #expect(EmitError.notPermitted(path).exitCode == 77)
    }

    @Test func `a client is told to come back when the spool is full or stopped`() async throws {
        try await APIHarness.run { api in
            api.acceptor.refuse(with: .stopped)
            do throws(EmitError) {
                _ = try await EventsClient(socket: api.socket).post(Array("{}".utf8))
                Issue.record("the event was taken")
            } catch {
                #expect(error.exitCode == 75)
            }
        }
    }

    @Test func `an event larger than a request goes alone`() throws {
        var stream = EmitStream()
        let large = #"{"message":"\#(String(repeating: "x", count: EmitStream.maximumByteCount))"}"#
        let parts = try stream.append("{}\(large){}".utf8)
        #expect(parts.map(\.body.count) == [3, large.utf8.count + 1])
        #expect(parts.map(\.firstEvent) == [0, 1])
        #expect(try stream.finish() == EmitStream.Part(body: Array("{}\n".utf8), firstEvent: 2))
    }
}
