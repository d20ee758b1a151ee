import Foundation
import Pipeline
import TestSupport
import Testing

@testable import Daemon

@Suite struct StatusTextTests {
    @Test func `rates need two looks, and a counter that began anew has none`() {
        var text = StatusText(isColored: false)
        var report = StatusReport.sample
        #expect(!text.text(of: report).contains("/s"))
        report.sources[0].read += 500
        report.sinks[0].delivered = 0
        report.process.uptimeSeconds += 10
        let second = text.text(of: report)
        #expect(second.contains("50/s"))
        #expect(second.components(separatedBy: "/s").count == 2)
    }

    @Test func `columns are aligned, and trouble stands at the end of its line`() {
        var text = StatusText(isColored: false)
        var report = StatusReport.sample
        report.sinks[0].trouble = StatusReport.Trouble(reason: "refused", seconds: 7300)
        let lines = text.text(of: report).split(separator: "\n").map(String.init)
        #expect(lines.contains { $0.hasSuffix("refused (for 2h)") })
        #expect(lines.contains("Trouble: sink 'siem'"))
        let head = lines.first { $0.hasPrefix("SINK") } ?? ""
        let row = lines.first { $0.hasPrefix("siem") } ?? ""
        let end = head.range(of: "DELIVERED")?.upperBound
        #expect(end.map { row[..<$0].hasSuffix("40") } == true)
    }

    @Test func `a difference of the ledger is shown`() {
        var text = StatusText(isColored: true)
        var report = StatusReport.sample
        report.ledger = StatusReport.Ledger(differences: ["two are missing"])
        #expect(text.text(of: report).contains("two are missing"))
    }

    @Test(arguments: [
        (0.0, "0s"), (119.9, "119s"), (120, "2m"), (7200, "2h"), (172_800, "2d"), (-1, "0s"), (.nan, "0s"),
        (.infinity, "11574074d"),
    ])
    func `a duration is short`(seconds: Double, text: String) {
        #expect(StatusText.duration(seconds) == text)
    }

    @Test(
        arguments: [
            (0, "0B"), (1023, "1023B"), (1024, "1KiB"), (1536, "1.5KiB"), (64 << 20, "64MiB"),
            (UInt64.max, "16777216TiB"),
        ] as [(UInt64, String)])
    func `a size is short`(byteCount: UInt64, text: String) {
        #expect(StatusText.size(byteCount) == text)
    }

    @Test func `the line of the service manager has rate and backlog`() {
        var line = StatusLine()
        let start = ContinuousClock.now
        var standing = StatusLine.Standing(taken: 100, waiting: [("a", 0), ("b", 0)], isFull: false)
        #expect(line.text(of: standing, at: start) == "100 events taken; all delivered")
        standing = StatusLine.Standing(taken: 400, waiting: [("a", 0), ("b", 250)], isFull: true)
        #expect(
            line.text(of: standing, at: start + .seconds(10))
                == "400 events taken, 30/s; 250 wait for b; the spool is full")
    }
}
