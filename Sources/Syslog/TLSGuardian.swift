internal import Crypto
internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import NIOTLS
internal import Pipeline
internal import Settings
internal import Synchronization

/// Puts TLS on a connection and lets only the right receiver through. RFC 5425.
struct TLSGuardian {
    /// How long a receiver of TLS 1.3 that says nothing after the handshake may take to refuse us: at least, and where it
    /// has a certificate of ours to look at, at most, and in between twice as long as the handshake took, which holds the
    /// same way to and fro and the same signatures.
    struct RefusalGrace {
        var least = Duration.milliseconds(250)
        var leastWithCertificate = Duration.seconds(1)
        var most = Duration.seconds(10)
    }

    private let settings: SyslogTLSSettings
    private let grace: RefusalGrace
    private let address: SyslogAddress
    private let context: NIOSSLContext

    /// - Throws: when a file of the settings cannot be used.
    init(
        _ settings: SyslogTLSSettings, _ address: SyslogAddress, _ grace: RefusalGrace
    ) throws(ConnectionProblem) {
        self.settings = settings
        self.grace = grace
        self.address = address
        context = try Self.context(settings, verification: settings.verification)
    }

    /// The name that the certificate must have, and that the receiver is asked for; `nil` for an IP address, which
    /// the certificate must then have.
    private var serverName: String? {
        let name = settings.serverName ?? address.host
        return Self.isAddress(name) ? nil : name
    }

    /// Performs the handshake and looks at the certificate.
    func secure(_ channel: any Channel, _ shared: StreamShared) async throws(ConnectionProblem) {
        let start = ContinuousClock.now
        do {
            try await handshake(on: channel, context, shared)
        } catch {
            throw await explained(error)
        }
        let duration = ContinuousClock.now - start
        try await checkFingerprint(of: channel)
        let least = settings.certificateFile == nil ? grace.least : grace.leastWithCertificate
        try await waitForRefusal(on: channel, shared, within: min(grace.most, max(least, duration * 2)))
    }

    /// - Parameter onChain: gets the receiver's certificates, which are believed then whatever they are.
    private func handshake(
        on channel: any Channel, _ context: NIOSSLContext, _ shared: StreamShared,
        onChain: (@Sendable ([NIOSSLCertificate]) -> Void)? = nil
    ) async throws {
        let serverName = serverName
        let isFinished = channel.eventLoop.makePromise(of: Void.self)
        let timeout = channel.eventLoop.scheduleTask(in: SyslogConnection.connectTimeout) {
            isFinished.fail(ChannelError.connectTimeout(SyslogConnection.connectTimeout))
        }
        defer { timeout.cancel() }
        try await channel.eventLoop.submit {
            let pipeline = channel.pipeline.syncOperations
            let tls =
                if let onChain {
                    try NIOSSLClientHandler(context: context, serverHostname: serverName) { chain, verdict in
                        onChain(chain)
                        verdict.succeed(.certificateVerified)
                    }
                } else {
                    try NIOSSLClientHandler(context: context, serverHostname: serverName)
                }
            let counter = try pipeline.handler(type: WireCounter.self)
            let watch = HandshakeWatch(isFinished, shared)
            try pipeline.addHandler(watch, position: .after(counter))
            try pipeline.addHandler(tls, position: .after(counter))
        }.flatMapErrorThrowing { error in
            isFinished.fail(error)
            throw error
        }.get()
        try await isFinished.futureResult.get()
    }

    private func checkFingerprint(of channel: any Channel) async throws(ConnectionProblem) {
        guard let wanted = settings.fingerprint else { return }
        let certificate = try? await channel.nioSSL_peerCertificate().get()
        let seen = certificate.flatMap(CertificateText.fingerprint)
        guard seen != wanted else { return }
        throw ConnectionProblem(
            .untrusted,
            "the certificate's fingerprint is \(seen.map(CertificateText.text) ?? "unknown"), not the one of tls.fingerprint",
            remedy: "If the receiver has a new certificate, set tls.fingerprint to that.")
    }

    /// TLS 1.3 lets us send before the receiver has looked at our certificate; what it then refuses would be lost,
    /// although its kernel had it. So nothing is sent before its first words after the handshake: tickets, which show
    /// that it is content, or a refusal. Some say nothing; those get a while.
    private func waitForRefusal(
        on channel: any Channel, _ shared: StreamShared, within grace: Duration
    ) async throws(ConnectionProblem) {
        // A receiver that was quick to refuse us leaves a channel that no longer tells its version.
        let version = try? await channel.nioSSL_tlsVersion().get()
        if let version, version != .tlsv13 { return }
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { _ = try? await shared.heard.wait(for: 1) }
            tasks.addTask { try? await pause(grace) }
            await tasks.next()
            tasks.cancelAll()
        }
        guard let problem = shared.problem else { return }
        throw refused("after the handshake", problem.reason)
    }

    private func refused(_ when: String, _ reason: String) -> ConnectionProblem {
        if let refusal = TLSRefusal(reason) {
            return refusal.problem(when, showsCertificate: settings.certificateFile != nil)
        }
        return ConnectionProblem(
            .untrusted, "the receiver has ended TLS \(when): \(reason)", remedy: "The receiver's log may say why.")
    }

    private static func context(
        _ settings: SyslogTLSSettings, verification: SyslogTLSSettings.Verification
    ) throws(ConnectionProblem) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.shutdownTimeout = .seconds(1)
        switch verification {
        case .full: configuration.certificateVerification = .fullVerification
        case .chain: configuration.certificateVerification = .noHostnameVerification
        case .none: configuration.certificateVerification = .none
        }
        do {
            if let file = settings.authorityFile {
                configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(file))
            }
        } catch {
            throw unusable(settings.authorityFile ?? "", "tls.ca-file", "certificates")
        }
        do {
            if let file = settings.certificateFile {
                configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(file).map { .certificate($0) }
            }
        } catch {
            throw unusable(settings.certificateFile ?? "", "tls.certificate", "certificates")
        }
        do {
            switch settings.key {
            case .file(let file): configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: file, format: .pem))
            case .secret(let secret):
                configuration.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: secret.reveal(), format: .pem))
            case .none: break
            }
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw unusable("tls.key", "tls.certificate, tls.key", "a certificate and its private key")
        }
    }

    private static func unusable(_ file: String, _ setting: String, _ what: String) -> ConnectionProblem {
        ConnectionProblem(
            .unusableFile, "'\(file)' cannot be read as \(what) (\(setting))",
            remedy: "Make it PEM, readable by the service's user.")
    }

    /// Says what is wrong with a handshake. For a chain that is not believed, asks for it once more, sends nothing, and
    /// looks why.
    private func explained(_ error: any Error) async -> ConnectionProblem {
        let reason = CertificateText.reason(error)
        let isName = "\(error)".contains("failedToValidateHostname")
        guard isName || reason.contains("certificate verify failed") else {
            if TLSRefusal(reason) != nil { return refused("in the handshake", reason) }
            return Self.failed(reason)
        }
        let sent = await shownCertificates()
        guard let own = sent.first else {
            return ConnectionProblem(.untrusted, "its certificate is not believed: \(reason)")
        }
        guard !isName else {
            return ConnectionProblem(
                .untrusted,
                "its certificate is for \(CertificateText.names(own)), not for '\(settings.serverName ?? address.host)'",
                remedy: "Set tls.server-name to a name of the certificate, if it is the right receiver.")
        }
        let authorities = settings.authorityFile.flatMap { try? NIOSSLCertificate.fromPEMFile($0) }
        let chain = CertificateChain(
            sent: sent.compactMap(CertificateFacts.init), authorities: authorities?.compactMap(CertificateFacts.init),
            authorityFile: settings.authorityFile)
        return chain.problem(at: time(nil))
    }

    /// Says what is wrong where it is no certificate and no refusal.
    private static func failed(_ reason: String) -> ConnectionProblem {
        switch reason {
        case "wrong version number", "http request":
            ConnectionProblem(
                .untrusted, "it does not speak TLS there",
                remedy: "Set 'address' to the port where it does, or to tcp:// without TLS.")
        default: ConnectionProblem(.untrusted, "TLS failed: \(reason)", remedy: "The receiver's log may say more.")
        }
    }

    /// The certificates that the receiver shows, its own first, without believing them.
    private func shownCertificates() async -> [NIOSSLCertificate] {
        guard let context = try? Self.context(settings, verification: .none) else { return [] }
        let shared = StreamShared(isEncrypted: true)
        guard let channel = try? await SyslogConnection.connect(to: address, shared) else { return [] }
        defer { channel.close(promise: nil) }
        let seen = Mutex([NIOSSLCertificate]())
        // A receiver that asks for a certificate may end it here, after it has shown its own.
        try? await handshake(on: channel, context, shared) { chain in seen.withLock { $0 = chain } }
        return seen.withLock { $0 }
    }

    private static func isAddress(_ host: String) -> Bool {
        (try? SocketAddress(ipAddress: host, port: 0)) != nil
    }
}

/// Waits for the end of a handshake, then steps out of the way.
private final class HandshakeWatch: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let isFinished: EventLoopPromise<Void>
    private let shared: StreamShared

    init(_ isFinished: EventLoopPromise<Void>, _ shared: StreamShared) {
        self.isFinished = isFinished
        self.shared = shared
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted = event {
            shared.finishHandshake()
            isFinished.succeed()
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        isFinished.fail(error)
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        isFinished.fail(ChannelError.eof)
        context.fireChannelInactive()
    }
}
