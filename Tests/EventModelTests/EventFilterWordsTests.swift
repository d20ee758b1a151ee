import EventModel
import Testing

@Suite struct EventFilterWordsTests {
    @Test(arguments: [
        ("kind=Security.*", "kind", ["Security.*"]), ("severity=>= warning", "severity", [">= warning"]),
        ("severity>=warning", "severity", [">=warning"]), ("severity >= warning", "severity", [">= warning"]),
        ("user!=root", "user", ["!=root"]), ("time<2026-01-01", "time", ["<2026-01-01"]), ("code<=5", "code", ["<=5"]),
        ("tag=", "tag", [""]), ("message=a=b", "message", ["a=b"]), ("message==[x]", "message", ["=[x]"]),
        ("classification=[sec, audit]", "classification", ["sec", "audit"]), ("tag=[ a b ,]", "tag", ["a b", ""]),
        ("parameter.a b=c", "parameter.a b", ["c"]),
    ])
    func `a condition in words is the one of the settings`(text: String, key: String, values: [String]) throws {
        #expect(try EventFilter.Condition(parsing: text) == EventFilter.Condition(key: key, values: values))
    }

    @Test(arguments: ["", "kind", "user!root", "!"])
    func `words without an operator are an error that says how to write it`(text: String) {
        #expect(throws: EventFilterError.noOperator(text)) { try EventFilter.Condition(parsing: text) }
    }

    @Test func `an unknown key is an error`() {
        #expect(throws: EventFilterError.unknownKey("kin")) { try EventFilter.Condition(parsing: "kin=a") }
        #expect(throws: EventFilterError.unknownKey("")) { try EventFilter.Condition(parsing: "=a") }
    }
}
