import Platform
import Testing

@Suite struct ServiceManagerTests {
    @Test func `a reload is told with the time`() {
        #expect(ServiceManager.Message.reloading.assignments(now: 12) == "RELOADING=1\nMONOTONIC_USEC=12")
    }

    @Test func `a status is one line, so that it assigns nothing else`() {
        let text = ServiceManager.Message.status("a\nREADY=1\r\nb\u{85}c").assignments(now: 0)
        #expect(text == "STATUS=a READY=1 b c")
    }

    @Test func `this process takes something, and the system says how much`() {
        let usage = ProcessUsage.ofThisProcess()
        #expect(usage.cpuSeconds > 0)
        #expect(usage.residentByteCount > 1 << 20)
        #expect(usage.anonymousByteCount > 0 && usage.anonymousByteCount <= usage.residentByteCount)
        #expect(usage.openFileCount >= 3)
    }
}
