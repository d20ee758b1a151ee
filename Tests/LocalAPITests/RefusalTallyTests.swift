import Settings
import Testing

@testable import LocalAPI

@Suite struct RefusalTallyTests {
    @Test func `the first refusal is told at once, others once a minute`() {
        var tally = RefusalTally()
        #expect(tally.refused("10.0.0.1")?.contains("from 10.0.0.1 was refused") == true)
        for _ in 0..<9 { #expect(tally.refused("10.0.0.2") == nil) }
        #expect(tally.refused("10.0.0.3") == nil)
        #expect(
            tally.intervalEnded()
                == "10 more requests to api.listen were refused within a minute, from 10.0.0.2, 10.0.0.3.")
        #expect(tally.refused("10.0.0.1") == nil)
        #expect(tally.intervalEnded()?.hasPrefix("1 more") == true)
    }

    @Test func `after a quiet minute the next one is told at once`() {
        var tally = RefusalTally()
        #expect(tally.refused("10.0.0.1") != nil)
        #expect(tally.intervalEnded() == nil)
        #expect(tally.refused("10.0.0.1") != nil)
    }

    @Test func `a flood from everywhere makes one short message`() {
        var tally = RefusalTally()
        for number in 0..<100_000 { _ = tally.refused("10.0.\(number / 256).\(number % 256)") }
        let message = tally.intervalEnded() ?? ""
        #expect(message.hasPrefix("99999 more") && message.hasSuffix("and others."))
        #expect(message.utf8.count < 200)
    }

    @Test(arguments: ["", "s", "secre", "secret", "secrets", "Secret", "secretsecret"])
    func `a secret equals only itself`(candidate: String) {
        #expect(Secret(Array("secret".utf8)).isEqual(to: Array(candidate.utf8)) == (candidate == "secret"))
        #expect(Secret([]).isEqual(to: Array(candidate.utf8)) == candidate.isEmpty)
    }
}
