internal import EventFiles
internal import EventModel
internal import Glibc
internal import Journal
internal import LocalAPI
internal import Platform
internal import RemoteEvents
internal import Spool
internal import Syslog

/// Looks whether what the settings name can be used, without changing anything but what an operator asks for: a test
/// event at the syslog receivers.
package struct ConnectionCheck {
    /// What was found of one source, sink or folder, in a line.
    package struct Finding: CustomStringConvertible, Sendable {
        package let subject: String
        package let isWell: Bool
        package let text: String

        package var description: String { "\(subject): \(isWell ? "ok" : "FAILED"): \(text)" }
    }

    private let settings: DaemonSettings
    private let sendsTestEvent: Bool

    /// - Parameter sendsTestEvent: whether each syslog receiver gets one event.
    package init(_ settings: DaemonSettings, sendsTestEvent: Bool = false) {
        self.settings = settings
        self.sendsTestEvent = sendsTestEvent
    }

    /// Looks at everything that is enabled.
    package func run() async -> [Finding] {
        var findings: [Finding] = []
        for source in settings.sources where source.isEnabled { findings.append(await finding(of: source)) }
        findings.append(writableFinding("spool", file: settings.spool.directory + "/lock"))
        for sink in settings.sinks where sink.isEnabled {
            switch sink.kind {
            case .file(let file): findings.append(writableFinding("sinks.\(sink.name)", file: file.path))
            case .syslog(let syslog): findings += await receiverFindings(sink.name, syslog)
            }
        }
        findings.append(socketFinding())
        return findings
    }

    private func finding(of source: SourceSettings) async -> Finding {
        let name = source.name
        switch source.kind {
        case .journald(let journal): return journalFinding("sources.\(name)", journal)
        case .maas(let maas): return await finding(name, maas.remote, MAASAPI(maas, from: nil))
        case .panko(let panko):
            return await finding(name, panko.remote, PankoAPI(settings: panko, cursor: nil, isProbe: true))
        case .mws(let mws): return await finding(name, mws.remote, MWSAPI(mws, from: nil))
        case .iguazio(let iguazio): return await finding(name, iguazio.remote, IguazioAPI(iguazio, from: nil))
        }
    }

    private func finding(_ name: String, _ settings: RemoteSettings, _ api: some RemoteAPI) async -> Finding {
        let transport = HTTPTransport(settings, version: programVersion)
        do {
            switch try await RemoteProbe(source: name, transport: transport).run(api) {
            case .well(let text): return Finding(subject: "sources.\(name)", isWell: true, text: text)
            case .failed(let text): return Finding(subject: "sources.\(name)", isWell: false, text: text)
            }
        } catch {
            return Finding(subject: "sources.\(name)", isWell: false, text: "\(error)")
        }
    }

    private func receiverFindings(_ name: String, _ settings: SyslogSettings) async -> [Finding] {
        let event = sendsTestEvent ? Self.testEvent(for: name) : nil
        var findings: [Finding] = []
        for address in settings.addresses {
            let subject = "sinks.\(name) \(address)"
            do {
                let text = try await ReceiverProbe.run(settings, address, sending: event)
                findings.append(Finding(subject: subject, isWell: true, text: text))
            } catch {
                findings.append(Finding(subject: subject, isWell: false, text: "\(error)"))
            }
        }
        return findings
    }

    private static func testEvent(for sink: String) -> Event {
        let now = Timestamp(microseconds: LocalTime.now())
        var random = SystemRandomNumberGenerator()
        return Event(
            id: EventID(high: random.next(), low: random.next()), time: now, observedTime: now,
            source: Text(Notices.sourceName), origin: "tributary", host: Text(hostName()), kind: "Software.Log.Test",
            severity: .info, classification: .sw, visibility: .internal,
            message: Text("Tributary's test event for sink '\(sink)'"))
    }

    private func socketFinding() -> Finding {
        let path = settings.api.socket
        switch LocalSocket.use(of: path) {
        case .free: return writableFinding("api", file: path)
        case .live: return Finding(subject: "api", isWell: true, text: "a daemon listens at '\(path)'")
        case .foreign:
            return Finding(
                subject: "api", isWell: false,
                text: "'\(path)' is no socket (api.socket). Remove it, or name another path.")
        }
    }

    private func journalFinding(_ subject: String, _ journal: JournalSettings) -> Finding {
        let places: [String]
        switch journal.place {
        case .local: places = ["/var/log/journal", "/run/log/journal"]
        case .directory(let directory): places = [directory]
        case .files(let files): places = files
        }
        let present = places.filter { unsafe access($0, F_OK) == 0 }
        guard !present.isEmpty else {
            return Finding(
                subject: subject, isWell: journal.place == .local,
                text: "there is no journal at \(places.joined(separator: " or ")); the source waits until there is")
        }
        if let closed = present.first(where: { unsafe access($0, R_OK) != 0 }) {
            return Finding(
                subject: subject, isWell: false,
                text: "'\(closed)' cannot be read: \(systemMessage(errno)). Put the user in the group systemd-journal.")
        }
        return Finding(subject: subject, isWell: true, text: "reads \(present.joined(separator: ", "))")
    }

    private func writableFinding(_ subject: String, file: String) -> Finding {
        var path = file
        while unsafe access(path, F_OK) != 0, parentDirectory(of: path) != path { path = parentDirectory(of: path) }
        guard unsafe access(path, W_OK) == 0 else {
            return Finding(
                subject: subject, isWell: false,
                text: "'\(path)' cannot be written: \(systemMessage(errno)). Make it writable by the service's user.")
        }
        return Finding(subject: subject, isWell: true, text: "'\(file)' can be written")
    }
}
