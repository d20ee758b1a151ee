import EventModel
import Foundation
import RemoteServers
import TestSupport
import Testing

/// A daemon and the servers of all four remote APIs, which get events with numbers and make trouble.
final class RemoteSite {
    /// A remote API of the site; the value is the source's name.
    enum API: String, CaseIterable {
        case maas, panko, mws, iguazio
    }

    let site: Site
    let region = MAASSimulator()
    let moab = MWSSimulator()
    let platform = IguazioSimulator()
    let panko: PankoServer
    let servers: [API: HTTPSimulator]
    /// The time of each event that was inserted, by its number, in whole seconds since the epoch.
    private(set) var inserted: [API: [Int: Int]] = [:]
    /// Rows of the region that nobody sees yet.
    private var hidden: Set<Int> = []

    init() async throws {
        site = try await Site()
        panko = try await PankoServer(events: 0)
        let (region, moab, platform) = (region, moab, platform)
        servers = [
            .maas: try await HTTPSimulator { region.answer($0) }, .mws: try await HTTPSimulator { moab.answer($0) },
            .iguazio: try await HTTPSimulator { platform.answer($0) },
        ]
        region.change { $0.now = Self.now }
        try configure()
    }

    static var now: Timestamp { Timestamp(microseconds: Int64(Date().timeIntervalSince1970) * 1_000_000) }

    /// Ends the servers.
    func stop() async {
        for server in servers.values { await server.stop() }
        await panko.stop()
    }

    private func configure() throws {
        let secrets = [
            "maas": MAASSimulator.key, "mws": MWSSimulator.password, "iguazio": IguazioSimulator.password,
            "panko": "secret",
        ]
        for (name, secret) in secrets {
            let path = "\(site.directory)/\(name).secret"
            try Data(secret.utf8).write(to: URL(fileURLWithPath: path))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        }
        let url = { (api: API) in self.servers[api]?.url ?? "" }
        let common = "start: beginning, poll-interval: 1s"
        let folder = site.directory
        try site.write(
            """
            spool: {directory: \(folder)/disk/spool, max-size: 64MiB}
            sources:
              maas: {type: maas, url: "\(url(.maas))/MAAS", api-key: {file: \(folder)/maas.secret}, page-size: 100, \(common)}
              mws:
                {type: mws, url: "\(url(.mws))/mws", username: \(MWSSimulator.user), password: {file: \(folder)/mws.secret},
                 page-size: 100, \(common)}
              iguazio:
                {type: iguazio, url: "\(url(.iguazio))", username: \(IguazioSimulator.user),
                 password: {file: \(folder)/iguazio.secret}, page-size: 100, \(common),
                 collections: [events, audit, communication]}
              panko:
                {type: panko, all-tenants: true, page-size: 100, \(common), auth: {url: "\(panko.url)/identity/v3",
                 username: admin, password: {file: \(folder)/panko.secret}, project: admin}}
            sinks:
              events: {type: file, path: \(site.file()), rotate: {size: 1MiB, keep: all, compress: gzip}}
            api: {socket: \(site.socket)}
            log: {format: text}
            """)
    }

    /// Inserts the next events into a server, at moments that are some seconds ago; several at once tie.
    func insert(_ count: Int, into api: API, ago: Int, hidden isHidden: Bool = false) async throws {
        let moment = Int(Date().timeIntervalSince1970) - ago
        let time = Timestamp(microseconds: Int64(moment) * 1_000_000)
        for _ in 0..<count {
            let number = inserted[api, default: [:]].count
            inserted[api, default: [:]][number] = moment
            switch api {
            case .maas:
                if isHidden { hidden.insert(number) }
                region.add([
                    MAASSimulator.Row(
                        id: number + 1, level: ["INFO", "AUDIT", "ERROR"][number % 3], created: time,
                        description: "event \(number)", hostname: "host-\(number % 7)", username: "user\(number % 11)",
                        isHidden: isHidden)
                ])
            case .mws: moab.insert(number, at: moment)
            case .iguazio:
                platform.insert(number, at: time, in: ["events", "audit_events", "communication_events"][number % 3])
            case .panko:
                try await panko.control.insert(
                    "m\(number)", at: time,
                    traits: """
                        [{"name": "number", "type": "integer", "value": \(number)},
                         {"name": "host", "type": "string", "value": "compute-\(number % 7)"},
                         {"name": "user_id", "type": "string", "value": "user\(number % 11)"}]
                        """)
            }
        }
    }

    /// Lets everybody see what was hidden.
    func reveal() {
        let hidden = hidden
        region.change { state in
            for number in hidden { state.rows[number].isHidden = false }
        }
        self.hidden = []
    }

    /// Makes a server fail once or twice in a way that chance chooses.
    func makeTrouble(using random: inout SeededGenerator) async throws {
        let faults: [Fault] = [
            .busy(429, retryAfter: "1"), .busy(503, retryAfter: "1"), .error(500), .reset, .resetInBody, .truncated,
            .changed { _ in Array(#"{"events": 1, "data": "x", "results": {}}"#.utf8) },
        ]
        switch Int.random(in: 0..<8, using: &random) {
        case 0: try await panko.control.revoke()
        case 1: platform.expireSessions()
        case let number:
            let api = [API.maas, .mws, .iguazio][number % 3]
            servers[api]?.fail(with: [faults.randomElement(using: &random) ?? .reset])
        }
    }

    /// The events in the files, by API and number, as often as they are there.
    func delivered() async throws -> [API: [Int: [Event]]] {
        var delivered: [API: [Int: [Event]]] = [:]
        for event in try await site.events() {
            guard let api = API(rawValue: event.source.string), let number = Self.number(of: event, api) else {
                continue
            }
            delivered[api, default: [:]][number, default: []].append(event)
        }
        return delivered
    }

    /// Expects that an event of a server says what was inserted.
    func expectRight(_ event: Event, _ number: Int, _ api: API) {
        #expect(event.time.microseconds == Int64(inserted[api]?[number] ?? 0) * 1_000_000, "\(api) \(number)")
        #expect(event.user == Text("user\(number % 11)"), "\(api) \(number)")
        #expect(!event.kind.isEmpty && event.message?.isEmpty == false, "\(api) \(number)")
        switch api {
        case .maas:
            #expect(event.severity == (number % 3 == 2 ? .major : .info), "\(number)")
            #expect(event.host == Text("host-\(number % 7)"), "\(number)")
            #expect(event.type == "Ready")
        case .panko:
            #expect(event.host == Text("compute-\(number % 7)"), "\(number)")
            #expect(event.type == "compute.instance.create.error")
            #expect(event.severity >= .warning)
        case .mws:
            #expect(event.severity == (number % 5 == 0 ? .major : .info), "\(number)")
            #expect(event.host == Text("node\(number % 7)"), "\(number)")
            #expect(event.type == "Node Up" && event.code == UInt32(number + 1))
        case .iguazio:
            #expect(event.severity == [.info, .warning, .critical][number % 3], "\(number)")
            #expect(event.kind == "Security.User.Login.Failed" && event.isSystemEvent)
            #expect(event.parameters.contains(Parameter("big", .integer(WholeNumber(magnitude: .max)))))
        }
    }

    private static func number(of event: Event, _ api: API) -> Int? {
        switch api {
        case .maas: return event.message?.string.split(separator: " ").last.flatMap { Int($0) }
        case .mws: return event.arguments.first.flatMap { Int($0.string) }
        case .panko, .iguazio:
            guard case .integer(let number)? = event.parameters.first(where: { $0.name == "number" })?.value else {
                return nil
            }
            return Int(number.magnitude)
        }
    }
}
