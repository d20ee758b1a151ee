import ArgumentParser
import Daemon
import Platform

/// `tributary manual`: writes the manual pages, for those who make packages.
struct ManualCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual",
        abstract: "Write the manual pages into a folder.",
        discussion: """
            The pages of the commands are made of their help, tributary.yaml(5) of the table of settings.

            Exit status: 0 all is written; 73 a page cannot be written.
            """,
        shouldDisplay: false)

    @Argument(help: "The folder, which is there.")
    var directory: String

    func run() throws {
        let settings = SettingsManual.page()
        let others = ["\(settings.name)(\(settings.section))"]
        let commands = CommandManual.pages(of: try CommandDescription(dump: Tributary._dumpHelp()), seeAlso: others)
        let emit = try CommandDescription(dump: EmitCommand._dumpHelp()).renamed("emit-manual-event")
        let alone = CommandManual.pages(of: emit, seeAlso: ["tributary(1)", "tributary-emit(1)"] + others)
        let files = PosixFileSystem()
        do throws(FileError) {
            for page in commands + alone + [settings] {
                let path = "\(directory)/\(page.fileName)"
                let file = try files.open(path, .createOrUpdate, permissions: 0o644)
                defer { file.close() }
                let bytes = Array(page.text.utf8)
                try file.write(bytes.span, at: 0)
                try file.truncate(to: bytes.count)
            }
        } catch {
            complain("\(error)")
            throw ExitStatus.cannotCreate
        }
    }
}
