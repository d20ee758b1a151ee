internal import AsyncHTTPClient
internal import EventModel
internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import Platform

/// Why there is no answer, in an operator's words.
struct HTTPFailure {
    /// A failure, and whether certificates or keys may be its cause.
    struct Described {
        let failure: RemoteFailure
        let concernsTLS: Bool
    }

    private let error: any Error
    private let url: RemoteURL
    private let settings: RemoteSettings

    init(_ error: any Error, to url: RemoteURL, settings: RemoteSettings) {
        self.error = error
        self.url = url
        self.settings = settings
    }

    private var server: String { "'\(url.host)' port \(url.port)" }

    /// The sentence. Looks at the server's certificate again where that tells more.
    func described() async -> Described {
        switch error {
        case let error as NIOConnectionError: return plain(connection(error))
        case let error as HTTPClientError: return plain(client(error))
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            return certificate("is not for this name; use one of its names in 'url'")
        case NIOSSLError.failedToLoadPrivateKey, NIOSSLError.failedToLoadCertificate:
            return Described(
                failure: RemoteFailure(
                    .credentials,
                    "No TLS connection to the server \(server): the files of 'client-certificate' and 'client-key' do not "
                        + "belong together; name the key that the certificate was made for."),
                concernsTLS: true)
        case let error as NIOSSLError:
            guard case .handshakeFailed(let reason) = error else { return tls("\(error)") }
            return await handshake("\(reason)")
        case let error as BoringSSLError: return await handshake("\(error)")
        case let error as IOError where error.errnoCode == ECONNREFUSED: return plain(refused)
        case let error as IOError: return plain(.server, "broke off: \(systemMessage(error.errnoCode))")
        case HTTPParserError.invalidEOFState: return plain(client(.remoteConnectionClosed))
        case is HTTPParserError:
            return plain(
                .address, "does not answer in HTTP; check host, port, and http or https in 'url'")
        default: return plain(.server, "gave no answer: \(Self.shown("\(error)"))")
        }
    }

    private func plain(_ failure: RemoteFailure) -> Described { Described(failure: failure, concernsTLS: false) }

    private func plain(_ kind: RemoteFailure.Kind, _ what: String) -> Described {
        plain(RemoteFailure(kind, "The server \(server) \(what)."))
    }

    private func tls(_ what: String) -> Described {
        Described(
            failure: RemoteFailure(.server, "No TLS connection to the server \(server): \(Self.shown(what))."),
            concernsTLS: true)
    }

    private func connection(_ error: NIOConnectionError) -> RemoteFailure {
        if error.connectionErrors.isEmpty, let lookup = error.dnsAError ?? error.dnsAAAAError {
            let reason = (lookup as? SocketAddressError.UnknownHost)?.errorDescription ?? "\(lookup)"
            return RemoteFailure(
                .server,
                "The name '\(url.host)' is not known (\(Self.shown(reason))); check 'url' and the name service.")
        }
        let codes = error.connectionErrors.compactMap { ($0.error as? IOError)?.errnoCode }
        if codes.contains(ECONNREFUSED) { return refused }
        guard let code = codes.first else { return timedOut("connect") }
        return RemoteFailure(.server, "The server \(server) cannot be reached: \(systemMessage(code)).")
    }

    private var refused: RemoteFailure {
        RemoteFailure(
            .server, "The server \(server) refuses connections; check 'url', and whether the service runs there.")
    }

    private func timedOut(_ what: String) -> RemoteFailure {
        let sentence =
            switch what {
            case "connect": "does not take connections in time"
            case "read": "said nothing for \(settings.timeout.components.seconds) seconds"
            default: "did not finish its answer within \(settings.timeout.components.seconds * 4) seconds"
            }
        return RemoteFailure(.server, "The server \(server) \(sentence) (timeout); check it, and firewalls on the way.")
    }

    private func client(_ error: HTTPClientError) -> RemoteFailure {
        switch error {
        case .connectTimeout, .getConnectionFromPoolTimeout, .tlsHandshakeTimeout: timedOut("connect")
        case .readTimeout: timedOut("read")
        case .deadlineExceeded: timedOut("whole")
        case .remoteConnectionClosed:
            RemoteFailure(.server, "The server \(server) closed the connection before its answer was whole.")
        default: RemoteFailure(.server, "The server \(server) gave no usable answer: \(error.shortDescription).")
        }
    }

    private func handshake(_ reason: String) async -> Described {
        if reason.contains("CERTIFICATE_VERIFY_FAILED") { return await rejectedCertificate() }
        if reason.contains("WRONG_VERSION_NUMBER") || reason.contains("HTTP_REQUEST") {
            return plain(.address, "does not speak TLS; check the port, and http or https in 'url'")
        }
        if reason.contains("CERTIFICATE_REQUIRED") || reason.contains("ALERT_HANDSHAKE_FAILURE")
            || reason.contains("BAD_CERTIFICATE") || reason.contains("UNKNOWN_CA")
        {
            let remedy =
                settings.clientCertificate == nil
                ? "it may ask for a client certificate: set 'client-certificate' and 'client-key'"
                : "check 'client-certificate' and 'client-key'"
            return Described(
                failure: RemoteFailure(.credentials, "The server \(server) ended the TLS handshake; \(remedy)."),
                concernsTLS: true)
        }
        return tls(reason)
    }

    /// Says why the server's certificate is not accepted.
    private func rejectedCertificate() async -> Described {
        guard let validity = await CertificateProbe(url, timeout: settings.timeout / 3).validity() else {
            return certificate("cannot be verified")
        }
        let now = Timestamp(microseconds: LocalTime.now())
        if validity.upperBound < now {
            return certificate("has expired on \(validity.upperBound.canonicalText.prefix(10)); renew it there")
        }
        if validity.lowerBound > now {
            let date = validity.lowerBound.canonicalText.prefix(10)
            return certificate("is valid only from \(date) on; check the clocks of both machines")
        }
        return certificate(
            settings.authorities == nil
                ? "is not signed by an authority that this machine trusts; name the authority's file in 'ca-file'"
                : "is not signed by an authority of 'ca-file'; put the certificate of the right one there")
    }

    private func certificate(_ what: String) -> Described {
        Described(
            failure: RemoteFailure(.address, "The certificate of the server \(server) \(what)."), concernsTLS: true)
    }

    /// A library's text for a message: at most 200 characters, on one line.
    private static func shown(_ text: String) -> String {
        String(text.unicodeScalars.prefix(200).map { 0x20..<0x7F ~= $0.value ? Character($0) : " " })
    }
}
