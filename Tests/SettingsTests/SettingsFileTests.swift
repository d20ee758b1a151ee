import Settings
import Testing

@Suite struct SettingsFileTests {
    @Test func `files of conf d add up in the order of their names`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("tributary.yaml", "sinks:\n  a: {x: 1}\nlog:\n")
        try folder.write("conf.d/20.yaml", "sinks:\n  a: {y: 2}\n  c: {}\n")
        try folder.write("conf.d/10.yaml", "sinks:\n  b: {}\nlog: {level: info}\n")
        try folder.write("conf.d/.hidden.yaml", "bad: [")
        try folder.write("conf.d/README", "bad: [")
        try folder.write("conf.d/10.yaml.dpkg-old", "bad: [")
        let root = SettingsFile.load(path)
        #expect(root.mistakes == [])
        let sinks = root.mapping("sinks")
        #expect(sinks.keys == ["a", "b", "c"])
        #expect(sinks.mapping("a").integer("x", in: 0...9) == 1)
        #expect(sinks.mapping("a").integer("y", in: 0...9) == 2)
        #expect(root.mapping("log").text("level") == "info")
    }

    @Test func `a key of two files is a mistake that names both places`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("tributary.yaml", "log:\n  level: info\nlist: [1]\nmapping: {a: 1}\n")
        let other = try folder.write("conf.d/x.yaml", "log: {level: debug}\nlist: [2]\nmapping: 5\n")
        let root = SettingsFile.load(path)
        #expect(
            root.mistakes == [
                "\(other):1:7: log.level: is also set at \(path):2:3; keep one of them",
                "\(other):2:1: list: is also set at \(path):3:1; keep one of them",
                "\(other):3:1: mapping: is also set at \(path):4:1; keep one of them",
            ])
        #expect(root.mapping("log").text("level") == "info")
    }

    @Test func `mistakes of the main file come first`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("tributary.yaml", "b: 1\na: 1\n")
        let other = try folder.write("conf.d/x.yaml", "c: 1\n")
        let root = SettingsFile.load(path)
        root.finish()
        #expect(root.report.mistakes.map(\.place.description) == ["\(path):1:1", "\(path):2:1", "\(other):1:1"])
    }

    @Test func `a missing file and a folder in its place are mistakes`() throws {
        let folder = try TemporaryFolder()
        let missing = SettingsFile.load("\(folder.path)/none.yaml")
        #expect(
            missing.mistakes == [
                "\(folder.path)/none.yaml: there is no such file; create it, or name another with --config"
            ])
        #expect(missing.keys == [])
        let wrong = SettingsFile.load(folder.path)
        #expect(wrong.mistakes.count == 1)
        #expect(wrong.mistakes.first?.contains("Is a directory") == true)
    }
}
