import ArgumentParser
import EventModel
import EventText
import LocalAPI

/// `tributary skip`: steps over an event that a sink's receiver refuses.
struct SkipCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "skip",
        abstract: "Step over the next event of a sink, which its receiver refuses again and again.",
        discussion: """
            The running daemon stops the sink, puts the event into the quarantine, and goes on behind it. Nothing else is \
            left out. The event is printed; 'tributary quarantine show' has it from then on. Only root and the daemon's \
            own user may do this.

            Exit status: 0 an event was skipped, or none waits; 65 there is no such sink, or it refuses no event; 69 the \
            daemon is not there; 75 try again later; 77 no permission.
            """)

    @Argument(help: "The sink's name.")
    var sink: String

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        do throws(SinkRequestError) {
            guard let skipped = try await daemon.client.skip(sink) else {
                print("Nothing waits for sink '\(sink)'.")
                return
            }
            print("Skipped for sink '\(sink)': \(EventSummary(skipped.event))")
            guard let number = skipped.number else {
                complain("The event could not be kept in the quarantine; this is all there is of it.")
                return
            }
            print("It is record \(number) of the quarantine: tributary quarantine show \(number)")
        } catch {
            complain("\(error)")
            throw ExitCode(error.exitCode)
        }
    }
}

/// An event in a line: time, id, kind and message.
struct EventSummary: CustomStringConvertible {
    let description: String

    /// - Parameter event: in canonical JSON.
    init(_ event: JSONValue) {
        let text = { (name: String) -> String in
            if case .text(let text)? = event[.init(name)] { text.string } else { "" }
        }
        let parts = [text("time"), text("id"), text("kind"), text("message")].filter { !$0.isEmpty }
        // What a message holds is not for the terminal to obey.
        description = String(
            String.UnicodeScalarView(
                parts.joined(separator: " ").unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }
            ))
    }
}
