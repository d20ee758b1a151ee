/// What a receiver says when it ends TLS: an alert of RFC 8446, section 6, in the TLS library's words.
struct TLSRefusal: Equatable {
    /// Alerts that concern our certificate.
    private static let certificateAlerts = [
        "bad certificate", "unsupported certificate", "certificate revoked", "certificate expired",
        "certificate unknown", "unknown ca", "certificate required", "no certificate", "access denied",
    ]

    /// The alert's name, such as `unknown ca`.
    let alert: String

    /// Reads `tlsv1 alert unknown ca`; `nil` for anything that is no alert.
    init?(_ reason: String) {
        guard let mark = reason.firstRange(of: "alert ") else {
            guard reason == "tlsv1 unrecognized name" else { return nil }
            alert = "unrecognized name"
            return
        }
        alert = String(reason[mark.upperBound...])
    }

    private var isOfCertificate: Bool { Self.certificateAlerts.contains(alert) }

    /// - Parameters:
    ///   - when: a part of a sentence.
    ///   - showsCertificate: whether we have a certificate to show.
    func problem(_ when: String, showsCertificate: Bool) -> ConnectionProblem {
        ConnectionProblem(
            .untrusted, "the receiver has refused us \(when): \(reason(showsCertificate)) (TLS alert: \(alert))",
            remedy: remedy(showsCertificate))
    }

    private func reason(_ showsCertificate: Bool) -> String {
        if isOfCertificate, !showsCertificate { return "it asks for a certificate, and none is set" }
        return switch alert {
        case "certificate required", "no certificate": "it wants a certificate, and does not take ours for one"
        case "unknown ca": "it does not know the authority of our certificate"
        case "certificate expired": "our certificate has expired"
        case "certificate revoked": "our certificate was revoked"
        case "access denied": "it does not let the owner of our certificate in"
        case "bad certificate", "unsupported certificate", "certificate unknown": "it does not accept our certificate"
        case "unrecognized name": "it does not know the name that it was asked for"
        case "protocol version": "it speaks neither TLS 1.2 nor 1.3"
        case "insufficient security": "our ciphers are too weak for it"
        case "handshake failure": "there is nothing that both sides accept"
        default: "it ends the connection"
        }
    }

    private func remedy(_ showsCertificate: Bool) -> String {
        if isOfCertificate, !showsCertificate { return "Set tls.certificate and tls.key." }
        return switch alert {
        case "unknown ca": "Give the receiver the certificate of the authority that signed tls.certificate."
        case "certificate expired", "certificate revoked": "Renew tls.certificate."
        case "access denied": "Let the name of tls.certificate in at the receiver."
        case "certificate required", "no certificate", "bad certificate", "unsupported certificate",
            "certificate unknown":
            "Look whether tls.certificate is for clients (extended key usage clientAuth), and whether the receiver knows its authority."
        case "unrecognized name": "Set tls.server-name to a name of the receiver."
        case "protocol version", "insufficient security": "Allow TLS 1.2 or 1.3 with its usual ciphers at the receiver."
        case "handshake failure":
            showsCertificate
                ? "Look at the receiver's log, and at its settings of TLS."
                : "If it asks for a certificate, set tls.certificate and tls.key; else look at its settings of TLS."
        default: "The receiver's log may say more."
        }
    }
}
