import EventModel
import Foundation
import RemoteServers
import TestSupport
import Testing

extension EndToEnd {
    /// `tributary check --connect`: one line for each source that says what was found or what to do, and no secret
    /// anywhere.
    @Suite struct ConnectTests {
        /// What a source is set to, what its server does, and what the line is to say.
        struct Case: Sendable, CustomTestStringConvertible {
            let name: String
            /// The keys of the source.
            let keys: String
            /// The name of the secret that its file holds, in place of the right one.
            var secret = ""
            /// What happens before: trouble of the server.
            var prepare: @Sendable (Servers) -> Void = { _ in }
            /// Parts of the line.
            let says: [String]

            var testDescription: String { name }
        }

        /// The servers of three APIs in this process.
        struct Servers: Sendable {
            let region = MAASSimulator()
            let moab = MWSSimulator()
            let platform = IguazioSimulator()
            let maas: HTTPSimulator
            let mws: HTTPSimulator
            let iguazio: HTTPSimulator

            init() async throws {
                let (region, moab, platform) = (region, moab, platform)
                maas = try await HTTPSimulator { region.answer($0) }
                mws = try await HTTPSimulator { moab.answer($0) }
                iguazio = try await HTTPSimulator { platform.answer($0) }
                region.change { $0.now = RemoteSite.now }
                let time = Timestamp(microseconds: RemoteSite.now.microseconds - 60_000_000)
                region.add([MAASSimulator.Row(id: 7, created: time, description: "event 7")])
                moab.insert(1, at: Int(time.seconds))
                for path in ["events", "audit_events"] { platform.insert(1, at: time, in: path) }
            }

            func stop() async {
                for server in [maas, mws, iguazio] { await server.stop() }
            }

            /// Puts addresses in the place of names.
            func filled(_ keys: String) -> String {
                keys.replacing("MAAS_URL", with: maas.url).replacing("MWS_URL", with: mws.url)
                    .replacing("IGZ_URL", with: iguazio.url)
            }
        }

        private static let wrong = "wr0ng-s3cret"
        private static let wrongKey = "aaaaaaaaaaaaaaaaaa:bbbbbbbbbbbbbbbbbb:" + String(repeating: "c", count: 32)
        private static let maasKeys = "type: maas, url: MAAS_URL/MAAS, api-key: {file: SECRET}"
        private static let mwsKeys = "type: mws, url: MWS_URL/mws, username: tail, password: {file: SECRET}"
        private static let igzKeys = "type: iguazio, url: IGZ_URL, username: tail, password: {file: SECRET}"
        private static let accessKeys = "type: iguazio, url: IGZ_URL, username: tail, access-key: {file: SECRET}"

        private static let well = [
            Case(
                name: "maas", keys: maasKeys, secret: MAASSimulator.key,
                says: ["ok: the key is accepted", "newest event 7 of"]),
            Case(name: "mws", keys: mwsKeys, secret: MWSSimulator.password, says: ["ok: "]),
            Case(name: "iguazio", keys: igzKeys, secret: IguazioSimulator.password, says: ["ok: "]),
            Case(name: "iguazio by key", keys: accessKeys, secret: IguazioSimulator.accessKey, says: ["ok: "]),
            Case(
                name: "maas without events", keys: maasKeys, secret: MAASSimulator.key,
                prepare: { $0.region.change { $0.rows = [] } }, says: ["ok: the key is accepted; no event is visible"]),
            Case(
                name: "maas with another clock", keys: maasKeys, secret: MAASSimulator.key,
                prepare: { servers in
                    servers.region.change {
                        $0.now = Timestamp(microseconds: $0.now.microseconds - 200_000_000)
                        $0.sendsDate = true
                    }
                }, says: ["ok: the key is accepted", "s behind this machine's; set both"]),
        ]

        private static let wrongs = [
            Case(name: "maas, wrong key", keys: maasKeys, secret: wrongKey, says: ["(401", "check 'api-key'"]),
            Case(
                name: "maas, wrong base URL", keys: "type: maas, url: MAAS_URL, api-key: {file: SECRET}",
                secret: MAASSimulator.key, says: ["'url'", "usually ends with /MAAS"]),
            Case(
                name: "maas, clock far behind", keys: maasKeys, secret: MAASSimulator.key,
                prepare: { servers in
                    servers.region.change {
                        $0.now = Timestamp(microseconds: $0.now.microseconds + 3_600_000_000)
                        $0.sendsDate = true
                    }
                }, says: ["its clock is 3", "s ahead of ours: set both clocks"]),
            Case(
                name: "maas, missing role", keys: maasKeys, secret: MAASSimulator.key,
                prepare: { $0.maas.fail(with: [.error(403)]) }, says: ["may not read events (403", "'api-key'"]),
            Case(
                name: "maas, wrong filter", keys: maasKeys, secret: MAASSimulator.key,
                prepare: { $0.maas.fail(with: [.error(400, "Invalid MAC")]) }, says: ["400: Invalid MAC", "filters"]),
            Case(name: "mws, wrong password", keys: mwsKeys, secret: wrong, says: ["401", "'username'", "'password'"]),
            Case(
                name: "mws, wrong base URL",
                keys: "type: mws, url: MWS_URL/moab, username: tail, password: {file: SECRET}",
                secret: MWSSimulator.password, says: ["404", "'url'"]),
            Case(
                name: "mws, missing role", keys: mwsKeys, secret: MWSSimulator.password,
                prepare: { $0.mws.fail(with: [.error(403)]) }, says: ["403", "may not read events"]),
            Case(name: "iguazio, wrong password", keys: igzKeys, secret: wrong, says: ["401", "'password'"]),
            Case(name: "iguazio, wrong key", keys: accessKeys, secret: wrong, says: ["401", "'access-key'"]),
            Case(
                name: "iguazio, wrong base URL",
                keys: "type: iguazio, url: IGZ_URL/elsewhere, username: tail, access-key: {file: SECRET}",
                secret: IguazioSimulator.accessKey, says: ["404", "url"]),
            Case(
                name: "iguazio, missing role", keys: igzKeys, secret: IguazioSimulator.password,
                prepare: { servers in
                    for path in ["events", "audit_events"] { servers.platform.forbid(path) }
                }, says: ["403", "may not read"]),
            Case(
                name: "nobody there",
                keys: "type: mws, url: \"http://127.0.0.1:1/mws\", username: t, password: {file: SECRET}",
                secret: wrong, says: ["'127.0.0.1' port 1 refuses connections; check 'url'"]),
            Case(
                name: "no such name",
                keys: "type: mws, url: \"https://nowhere.invalid/mws\", username: t, password: {file: SECRET}",
                secret: wrong, says: ["'nowhere.invalid' is not known", "check 'url'"]),
        ]

        /// Every form in which a secret of these tests may go over the wire.
        private static let secrets: [String] = {
            let parts =
                MAASSimulator.key.split(separator: ":").map(String.init)
                + wrongKey.split(separator: ":").map(String.init)
            let plain = parts + [MWSSimulator.password, IguazioSimulator.password, IguazioSimulator.accessKey, wrong]
            let logins = plain.map { Data("tail:\($0)".utf8).base64EncodedString() }
            return plain + logins + ["%26" + (parts.last ?? ""), "j%3A"]
        }()

        private func expectNoSecret(in program: Program) {
            let text = program.output + program.messages
            for secret in Self.secrets { #expect(!text.contains(secret), "a secret is in: \(text)") }
        }

        private func write(_ test: Case, _ servers: Servers, to site: Site) throws {
            let file = "\(site.directory)/secret"
            try Data(test.secret.utf8).write(to: URL(filePath: file))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
            let keys = servers.filled(test.keys).replacing("SECRET", with: file)
            try site.write(
                """
                spool: {directory: \(site.directory)/disk/spool, max-size: 64MiB}
                sources: {remote: {\(keys), poll-interval: 1s}}
                sinks: {events: {type: file, path: \(site.file())}}
                api: {socket: \(site.socket)}
                log: {format: text, level: debug}
                """)
        }

        @Test(arguments: well + wrongs)
        func `a line says what was found of a source, or what to do`(test: Case) async throws {
            let isWell = Self.well.contains { $0.name == test.name }
            let (site, servers) = (try await Site(), try await Servers())
            test.prepare(servers)
            try write(test, servers, to: site)
            let check = try site.tributary("check", "--connect", "--config", site.settingsFile)
            #expect(try await check.end() == .exit(isWell ? 0 : 69), "\(check.output)\(check.messages)")
            let lines = check.output.split(separator: "\n").filter { $0.hasPrefix("sources.") }
            #expect(lines.count == 1, "\(check.output)")
            let line = lines.first.map(String.init) ?? ""
            #expect(line.hasPrefix("sources.remote: \(isWell ? "ok" : "FAILED"): "), "\(line)")
            for part in test.says { #expect(line.contains(part), "'\(part)' in \(line)") }
            expectNoSecret(in: check)
            await servers.stop()
        }

        @Test(arguments: wrongs.filter { $0.name.contains("wrong") })
        func `the daemon's log holds no secret either`(test: Case) async throws {
            let (site, servers) = (try await Site(), try await Servers())
            test.prepare(servers)
            try write(test, servers, to: site)
            let daemon = try await site.daemon()
            try await daemon.says("is asked again")
            daemon.send(SIGTERM)
            #expect(try await daemon.end() == .exit(0))
            expectNoSecret(in: daemon)
            await servers.stop()
        }

        @Test func `a certificate of an unknown authority is told, and accepted with 'ca-file'`() async throws {
            let authority = try CertificateAuthority()
            let moab = MWSSimulator()
            let server = try await HTTPSimulator(tls: ServerTLS(try authority.issue())) { moab.answer($0) }
            let (site, servers) = (try await Site(), try await Servers())
            let keys = "type: mws, url: \(server.url)/mws, username: tail, password: {file: SECRET}"
            for (more, says) in [
                ("", "is not signed by an authority that this machine trusts; name the authority's file in 'ca-file'"),
                (", ca-file: \(authority.certificate)", "sources.remote: ok: "),
            ] {
                let test = Case(name: "", keys: keys + more, secret: MWSSimulator.password, says: [])
                try write(test, servers, to: site)
                let check = try site.tributary("check", "--connect", "--config", site.settingsFile)
                _ = try await check.end()
                #expect(check.output.contains(says), "\(check.output)")
                expectNoSecret(in: check)
            }
            await servers.stop()
            await server.stop()
        }

        @Test func `a real Panko says who may not log in, and who lacks the role`() async throws {
            let panko = try await PankoServer(events: 30)
            let (site, servers) = (try await Site(), try await Servers())
            let auth = { (user: String) in
                "type: panko, all-tenants: true, auth: {url: \"\(panko.url)/identity/v3\", username: \(user), "
                    + "password: {file: SECRET}, project: \(user == "alice" ? "demo" : "admin")}"
            }
            let elsewhere = auth("admin").replacing("/identity/v3", with: "/nothing/v3")
            for (keys, secret, says) in [
                (auth("admin"), "secret", ["ok: ", "admin"]), (auth("admin"), Self.wrong, ["FAILED: ", "401"]),
                (auth("alice"), "secret", ["all-tenants", "role"]), (elsewhere, "secret", ["FAILED: ", "auth.url"]),
            ] {
                try write(Case(name: "", keys: keys, secret: secret, says: []), servers, to: site)
                let check = try site.tributary("check", "--connect", "--config", site.settingsFile)
                _ = try await check.end()
                let lines = check.output.split(separator: "\n").filter { $0.hasPrefix("sources.") }
                #expect(lines.count == 1, "\(check.output)")
                for part in says { #expect(lines.first?.contains(part) == true, "'\(part)' in \(check.output)") }
                expectNoSecret(in: check)
            }
            await servers.stop()
            await panko.stop()
        }
    }
}
