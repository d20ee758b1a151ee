import ArgumentParser
import CLinux
import Daemon
import Dispatch
import EventText
import Glibc
import Journal
import Platform

/// One executable for everything: the daemon, its tools, and the process that reads the journal.
@main
struct Main {
    /// Memory that is given back at once, in bytes: above what buffers of usual events take.
    private static let returnedByteCount: Int32 = 512 << 10

    static func main() {
        _ = linux_return_memory(returnedByteCount)
        // A peer that goes away is an error of a call, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        let arguments = Array(CommandLine.arguments.dropFirst())
        let program = CommandLine.arguments.first?.split(separator: "/").last ?? ""
        if arguments.first == "journal-reader", program != "emit-manual-event" {
            // Started by the daemon only; not a part of the command line.
            exit(JournalReader.main())
        }
        Task(executorPreference: WorkerPool.shared) {
            if program == "emit-manual-event" {
                await EmitCommand.main(arguments)
            } else {
                await Tributary.main(arguments)
            }
            exit(EXIT_SUCCESS)
        }
        // Signals come by way of this thread.
        dispatchMain()
    }
}

/// `tributary`.
struct Tributary: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tributary",
        abstract: "Collect the events of a server, of remote APIs and of people in one feed, and lose none.",
        version: "tributary \(programVersion)",
        subcommands: [
            RunCommand.self, CheckCommand.self, EmitCommand.self, StatusCommand.self, LedgerCommand.self,
            QueryCommand.self, TapCommand.self, QuarantineCommand.self, SkipCommand.self, ReplayCommand.self,
            ExplainCommand.self, RulesCommand.self, ManualCommand.self,
        ])
}

/// Exit statuses, as sysexits.h has them.
enum ExitStatus {
    static let dataError = ExitCode(65)
    static let noInput = ExitCode(66)
    static let unavailable = ExitCode(69)
    static let software = ExitCode(70)
    static let cannotCreate = ExitCode(73)
    static let inputOutput = ExitCode(74)
    static let temporaryFailure = ExitCode(75)
    static let noPermission = ExitCode(77)
    static let configuration = ExitCode(78)
}

/// Writes a line to standard error.
func complain(_ text: String) {
    var bytes: [UInt8] = []
    bytes.append(printable: text, keepsLines: true)
    bytes.append(0x0A)
    unsafe bytes.withUnsafeBytes { memory in
        // `memory` is valid for its count of bytes during the closure.
        _ = unsafe write(2, memory.baseAddress, memory.count)
    }
}
