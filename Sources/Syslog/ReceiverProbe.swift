package import EventModel
internal import EventText
internal import Pipeline
internal import Platform

/// Looks at a receiver for `tributary check`: whether it can be reached, whom its certificate is for, and whether it
/// closes the connection upon a test event in the framing that is set.
package struct ReceiverProbe {
    /// Why a receiver gets no events, in words for the operator.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// How long a receiver may take to acknowledge a test event, and after that to close upon a frame that it does not
    /// understand.
    private static let patience = (acknowledgement: Duration.seconds(10), refusal: Duration.seconds(1))
    private static let pollInterval = Duration.milliseconds(5)

    private let settings: SyslogSettings
    private let address: SyslogAddress

    /// Connects, with TLS performs the handshake, and sends `event` where there is one.
    ///
    /// - Returns: what was found, in a line.
    package static func run(
        _ settings: SyslogSettings, _ address: SyslogAddress, sending event: Event? = nil
    ) async throws(Failure) -> String {
        let probe = ReceiverProbe(settings: settings, address: address)
        do throws(ConnectionProblem) {
            if address.transport == .udp { return try await probe.datagram(event) }
            return try await probe.stream(event)
        } catch {
            throw Failure(description: error.description)
        }
    }

    private func datagram(_ event: Event?) async throws(ConnectionProblem) -> String {
        let socket = try await DatagramSocket.open(to: address)
        guard let event else { return "the name is known; nobody acknowledges datagrams" }
        let message = message(event)
        guard socket.send(message) == .sent else {
            throw ConnectionProblem(.ended, "a datagram of \(message.count) bytes cannot be sent")
        }
        try? await pause(Self.patience.refusal)
        if let problem = socket.takeProblem() {
            throw ConnectionProblem(.ended, "the network refuses datagrams: \(problem)")
        }
        return "a test event was sent; the network did not refuse it, and nobody acknowledges datagrams"
    }

    private func stream(_ event: Event?) async throws(ConnectionProblem) -> String {
        let connection = try await SyslogConnection.open(to: address, tls: settings.tls)
        defer { connection.close() }
        var text = "connected"
        if let version = await connection.version(), let certificate = await connection.certificate() {
            text = "\(version), \(CertificateText.summary(certificate))"
        }
        guard let event else {
            try? await pause(Self.pollInterval)
            if let problem = connection.problem() { throw problem }
            return "\(text); \(framing)"
        }
        return "\(text); \(try await send(event, over: connection))"
    }

    /// What is known of the framing: a receiver does not say which one it wants.
    private var framing: String {
        let isSet = "framing '\(settings.framing.rawValue)' is set"
        switch address.transport {
        case .tls: return "\(isSet), and RFC 5425 has octet-counting for TLS"
        case .tcp, .udp: return "\(isSet); a receiver does not say which one it wants, --send tries it"
        }
    }

    /// Sends the event, in the other framing too when the receiver closes upon the first.
    private func send(_ event: Event, over connection: SyslogConnection) async throws(ConnectionProblem) -> String {
        guard let problem = try await refusal(of: event, settings.framing, over: connection) else {
            return
                "a test event was sent in the framing '\(settings.framing.rawValue)', and acknowledged; it keeps the connection, and only what it shows of the event tells whether it understood"
        }
        let other: SyslogFraming = settings.framing == .newline ? .octetCounting : .newline
        let second = try await SyslogConnection.open(to: address, tls: settings.tls)
        defer { second.close() }
        guard try await refusal(of: event, other, over: second) == nil else { throw problem }
        throw ConnectionProblem(
            .ended,
            "it closes the connection upon a test event in the framing '\(settings.framing.rawValue)', and keeps it in the framing '\(other.rawValue)'",
            remedy: "Set framing: \(other.rawValue).")
    }

    /// Sends the event and looks whether the receiver closes.
    private func refusal(
        of event: Event, _ framing: SyslogFraming, over connection: SyslogConnection
    ) async throws(ConnectionProblem) -> ConnectionProblem? {
        var bytes: [UInt8] = []
        framing.append(message(event).span, to: &bytes)
        connection.send(bytes)
        let end = ContinuousClock.now + Self.patience.acknowledgement
        while connection.acknowledgedByteCount() < UInt64(bytes.count) {
            if let problem = connection.problem() { return problem }
            guard .now < end else {
                throw ConnectionProblem(
                    .ended, "a test event was sent, but not acknowledged within \(Self.patience.acknowledgement)")
            }
            try? await pause(Self.pollInterval)
        }
        let quiet = ContinuousClock.now + Self.patience.refusal
        while .now < quiet {
            if let problem = connection.problem() { return problem }
            try? await pause(Self.pollInterval)
        }
        return nil
    }

    private func message(_ event: Event) -> [UInt8] {
        var writer = BatchWriter()
        writer.append(event)
        var reader = BatchReader(writer.bytes)
        guard (try? reader.next()) == true else { preconditionFailure("a batch of ours cannot be read") }
        var encoder = SyslogEncoder(
            settings.form, machine: SyslogDelivery.machineName(), offset: LocalTime.offset)
        encoder.beginBatch()
        var message: [UInt8] = []
        _ = encoder.append(reader, to: &message)
        return message
    }
}
