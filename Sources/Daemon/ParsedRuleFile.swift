internal import EventModel
internal import Normalization
internal import Pipeline
internal import Platform
internal import Settings
internal import Synchronization

/// What came of a rule file.
struct ParsedRuleFile: Sendable {
    /// `nil` for a file that could not be read.
    let digest: RuleFiles.Digest?
    let rules: [Rule]
    /// What is wrong in it.
    let report: SettingsReport.Content

    /// Most threads that parse.
    private static let maximumThreadCount = 4
    /// Fewest files that are worth a further thread.
    private static let leastFileCount = 4

    /// Reads files, on several threads: parsing takes most of the daemon's start. The answer is in the order of the
    /// paths.
    static func parse(_ paths: [String], _ surroundings: SettingsSurroundings) -> [ParsedRuleFile] {
        let work = Work(paths, surroundings)
        let done = Semaphore()
        let helperCount = min(paths.count / leastFileCount, processorCount(), maximumThreadCount) - 1
        for number in 0..<max(helperCount, 0) {
            startThread(name: "rules \(number)") {
                work.run()
                done.post()
            }
        }
        work.run()
        for _ in 0..<max(helperCount, 0) { done.wait() }
        return work.files
    }

    private static func parse(_ path: String, _ surroundings: SettingsSurroundings) -> ParsedRuleFile {
        let report = SettingsReport()
        var digest: RuleFiles.Digest?
        var rules: [Rule] = []
        do {
            // One byte more than allowed tells a file that is too large.
            let limit = RuleFiles.maximumByteCount + 1
            if let bytes = try surroundings.fileSystem.contents(of: path, limit: limit) {
                digest = RuleFiles.Digest(path: path, content: EventIdentity(source: "rules").id(of: bytes.span))
                rules = RuleFiles.read(bytes, path: path, report: report)
            } else {
                RuleFiles.missing(path, report)
            }
        } catch {
            report.mistake(SettingsPlace(file: path), "", "\(error); make it readable by the service's user")
        }
        return ParsedRuleFile(digest: digest, rules: rules, report: report.content)
    }

    /// Files that threads take one after the other.
    private final class Work: Sendable {
        private let paths: [String]
        private let surroundings: SettingsSurroundings
        private let next = Atomic(0)
        private let parsed: Mutex<[ParsedRuleFile?]>

        init(_ paths: [String], _ surroundings: SettingsSurroundings) {
            self.paths = paths
            self.surroundings = surroundings
            parsed = Mutex(Array(repeating: nil, count: paths.count))
        }

        /// What was parsed, once every thread is done.
        var files: [ParsedRuleFile] { parsed.withLock { $0.compactMap(\.self) } }

        /// Takes files until there is none left.
        func run() {
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < paths.count else { return }
                let file = ParsedRuleFile.parse(paths[index], surroundings)
                parsed.withLock { $0[index] = file }
            }
        }
    }
}
