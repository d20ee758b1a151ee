/// Says why a chain of certificates is not believed. The TLS library has found that it is not, and does not say why.
/// A value that decides and performs no I/O.
struct CertificateChain {
    /// Longest way from the receiver's certificate to a root that is looked at.
    private static let maximumCount = 10

    /// What the receiver has sent, its own certificate first.
    let sent: [CertificateFacts]
    /// The certificates of `tls.ca-file`; `nil` for the system's, which are not looked at.
    let authorities: [CertificateFacts]?
    /// Path of `tls.ca-file`.
    let authorityFile: String?

    private var place: String { authorityFile.map { "'\($0)' (tls.ca-file)" } ?? "this system" }

    /// The first thing that is wrong on the way from the receiver's certificate to an authority.
    ///
    /// - Parameter now: seconds since the epoch.
    func problem(at now: Int) -> ConnectionProblem {
        guard let own = sent.first else { return Self.untrusted("it shows no certificate", "") }
        if let problem = problem(ofOwn: own, at: now) { return problem }
        var current = own
        var isFromFile = false
        for _ in 0..<Self.maximumCount {
            let issuer = current.issuerName
            if let authority = Self.issuer(of: current, in: authorities ?? [], at: now) {
                if let problem = problem(ofAuthority: authority, of: own, at: now) { return problem }
                guard !authority.isSelfIssued else { return mismatch(issuer) }
                (current, isFromFile) = (authority, true)
                continue
            }
            if isFromFile {
                return Self.untrusted(
                    "'\(current.subjectName)' in \(place) is no root: it was issued by '\(issuer)', which is not there",
                    "Add the certificate of '\(issuer)' to that file.")
            }
            if current.isSelfIssued { return unknownRoot(current, isOwn: current == own) }
            guard let next = Self.issuer(of: current, in: sent.filter { $0 != current }, at: now) else {
                return unknownIssuer(of: current, isOwn: current == own)
            }
            if let problem = problem(ofSent: next, at: now) { return problem }
            current = next
        }
        return Self.untrusted("its chain of certificates leads to no root", "Mend the chain at the receiver.")
    }

    private func problem(ofOwn own: CertificateFacts, at now: Int) -> ConnectionProblem? {
        if own.notAfter < now {
            return Self.untrusted(
                "its certificate expired on \(CertificateText.date(own.notAfter))", "Renew the receiver's certificate.")
        }
        if own.notBefore > now {
            return Self.untrusted(
                "its certificate is not valid before \(CertificateText.date(own.notBefore))",
                "Set the clock of this machine or of the receiver's.")
        }
        guard !own.isForServers else { return nil }
        return Self.untrusted(
            "its certificate is not for servers (key usage)",
            "Give the receiver one with the extended key usage serverAuth.")
    }

    private func problem(
        ofAuthority authority: CertificateFacts, of own: CertificateFacts, at now: Int
    ) -> ConnectionProblem? {
        let name = "'\(shown(authority.subjectName))' in \(place)"
        if authority.notAfter < now {
            return Self.untrusted(
                "the authority \(name) expired on \(CertificateText.date(authority.notAfter))",
                "Put the authority's new certificate into that file.")
        }
        if authority.notBefore > now {
            return Self.untrusted(
                "the authority \(name) is not valid before \(CertificateText.date(authority.notBefore))",
                "Set the clock of this machine.")
        }
        // The receiver's own certificate may be in the file, which then is all that is believed.
        guard !authority.isAuthority, authority != own else { return nil }
        return Self.untrusted(
            "\(name) is no authority: it may not sign certificates",
            "Put the certificate of the authority into that file.")
    }

    private func problem(ofSent next: CertificateFacts, at now: Int) -> ConnectionProblem? {
        let name = "'\(shown(next.subjectName))', which the receiver sends with its own,"
        if next.notAfter < now {
            return Self.untrusted(
                "the certificate of \(name) expired on \(CertificateText.date(next.notAfter))",
                "Put the new one behind the receiver's own certificate, in the receiver's file.")
        }
        if next.notBefore > now {
            return Self.untrusted(
                "the certificate of \(name) is not valid before \(CertificateText.date(next.notBefore))",
                "Set the clock of this machine or of the authority's.")
        }
        guard !next.isAuthority || !next.allowsServers else { return nil }
        return Self.untrusted(
            "the certificate of \(name) may not sign those of servers", "Have the receiver's signed by an authority.")
    }

    private func unknownRoot(_ root: CertificateFacts, isOwn: Bool) -> ConnectionProblem {
        guard isOwn else {
            return Self.untrusted(
                "its chain ends at '\(shown(root.subjectName))', which is not among the authorities of \(place)",
                "If you trust that authority, set tls.ca-file to its certificate.")
        }
        return Self.untrusted(
            "its certificate is signed by itself, and is not among the authorities of \(place)",
            "Set tls.ca-file to that certificate, or tls.fingerprint to its fingerprint.")
    }

    private func unknownIssuer(of current: CertificateFacts, isOwn: Bool) -> ConnectionProblem {
        let issuer = shown(current.issuerName)
        let subject = isOwn ? "its certificate" : "its chain ends at '\(shown(current.subjectName))', which"
        return Self.untrusted(
            "\(subject) was issued by '\(issuer)', which is not among the authorities of \(place), nor sent by the receiver",
            """
            Set tls.ca-file to the certificate of the authority; if '\(issuer)' is an intermediate one, let the receiver \
            send its certificate too.
            """)
    }

    private func mismatch(_ issuer: String) -> ConnectionProblem {
        Self.untrusted(
            "its certificate names '\(shown(issuer))' as its authority, and does not verify with the one of that name in \(place)",
            "Set tls.ca-file to the authority that has signed it: two may have the same name.")
    }

    /// The issuer of a certificate; among several of its name one that is valid.
    private static func issuer(
        of certificate: CertificateFacts, in candidates: [CertificateFacts], at now: Int
    ) -> CertificateFacts? {
        let named = candidates.filter { $0.subject == certificate.issuer }
        return named.first { $0.notBefore <= now && $0.notAfter >= now } ?? named.first
    }

    private static func untrusted(_ reason: String, _ remedy: String) -> ConnectionProblem {
        ConnectionProblem(.untrusted, reason, remedy: remedy)
    }

    private func shown(_ text: String) -> String { CertificateText.shown(text) }
}
