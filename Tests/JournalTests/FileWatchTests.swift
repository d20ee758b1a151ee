import Platform
import Testing

@testable import Journal

@Suite struct FileWatchTests {
    private let path = "/var/log/journal/system.journal"

    /// What the watch thinks at a check of a file whose name is the same at each.
    private func isLetGo(_ file: JournalFile, open: [JournalFile], isFinal: Bool = false, _ watch: inout FileWatch)
        -> Bool
    {
        watch.note([file], open: Set(open.map(\.identity)))
        return watch.isLetGo(file, isFinal: isFinal)
    }

    private func file(_ inode: UInt64) -> JournalFile {
        JournalFile(path: path, identity: FileIdentity(device: 1, inode: inode, birth: 0))
    }

    @Test func `a file that the library does not know at two checks was let go`() {
        var watch = FileWatch()
        let first = isLetGo(file(1), open: [], &watch)
        let second = isLetGo(file(1), open: [], &watch)
        #expect(!first)
        #expect(second)
    }

    @Test func `a file that was opened between two checks was not let go`() {
        var watch = FileWatch()
        let first = isLetGo(file(1), open: [], &watch)
        watch.note([file(1)], open: [file(1).identity])
        let second = isLetGo(file(1), open: [], &watch)
        #expect(!first)
        #expect(!second)
    }

    /// journald has rotated before each of the checks, and the library was not yet told of the new file.
    @Test func `a new file with the name of one that was not known is not that one`() {
        var watch = FileWatch()
        let answers = [
            isLetGo(file(1), open: [], &watch), isLetGo(file(2), open: [file(1)], &watch),
            isLetGo(file(3), open: [file(2)], isFinal: true, &watch),
        ]
        #expect(answers == [false, false, false])
    }

    @Test func `what is known of a file is not known of the next one with its name`() {
        var watch = FileWatch()
        let isNew = watch.judge(file(1))
        #expect(watch.isJudged(file(1)))
        let isLetGo = isLetGo(file(2), open: [file(1)], isFinal: true, &watch)
        #expect(isNew)
        #expect(!watch.isJudged(file(2)))
        #expect(!isLetGo)
    }
}
