import EventModel
import Settings
import Testing

@Suite struct EventFilterSettingsTests {
    @Test func `a mapping is read as a filter`() throws {
        let mapping = root(
            "severity: \">= warning\"\nclassification: [sec, audit]\nkind: Security.*\ncode: 0x10\nuser: ''\nparameter.a b: 5\n"
        )
        let filter = EventFilter(reading: mapping)
        #expect(mapping.mistakes == [])
        #expect(
            filter.canonicalText
                == #"{"severity":[">= warning"],"classification":["sec","audit"],"kind":["Security.*"],"code":["16"],"user":[""],"#
                + #""parameter.a b":["5"]}"#)
    }

    @Test func `mistakes name the nearest word and all of them come out`() {
        let mapping = root(
            "sevrity: info\nseverity: warnin\nkind: [a, [b]]\nuser: {a: b}\nhost:\ntag: []\ntime: soon\n")
        _ = EventFilter(reading: mapping)
        let mistakes = mapping.mistakes
        #expect(mistakes.count == 7)
        #expect(mistakes[0].hasPrefix("t.yaml:1:10: sevrity: 'sevrity' is no key of an event"))
        #expect(mistakes[0].hasSuffix("did you mean 'severity'?"))
        #expect(mistakes[1].hasSuffix("did you mean 'warning'?"))
        #expect(mistakes[2].hasPrefix("t.yaml:3:11: kind: holds a list"))
        #expect(mistakes[3].contains("user: has a mapping as value"))
        #expect(mistakes[4].contains("host: has nothing as value"))
        #expect(mistakes[5].contains("tag: a condition needs a value"))
        #expect(mistakes[6].contains("time: 'soon' is no time"))
    }
}
