internal import EventModel
internal import EventText
internal import Settings

extension PankoAPI {
    /// The request for the round's next page.
    func eventsRequest(_ access: KeystoneSession.Access) -> RemoteRequest {
        var clauses = filter.clauses
        var parameters: [(String, String)] = []
        if isProbe {
            // The newest first, by both keys: with one, events of the same time would be lost at a marker.
            parameters = [("limit", "1"), ("sort", "generated:desc"), ("sort", "message_id:desc")]
        } else if let round {
            if let from = round.from { clauses.append(Self.clause("start_timestamp", "ge", from)) }
            if let to = round.search?.probe ?? round.to { clauses.append(Self.clause("end_timestamp", "le", to)) }
            parameters.append(("limit", String(round.search == nil ? limit : 1)))
            if let marker = round.marker { parameters.append(("marker", marker.string)) }
        }
        let filters = clauses.flatMap { clause in
            [
                ("q.field", clause.field), ("q.op", clause.operation), ("q.type", clause.type),
                ("q.value", clause.value),
            ]
        }
        let query = (filters + parameters).map { "\($0)=\(percentEncoded($1.utf8))" }.joined(separator: "&")
        return RemoteRequest(
            url: "\(access.url)/v2/events?\(query)",
            headers: [
                RemoteHeader("X-Auth-Token", String(decoding: access.token.reveal(), as: UTF8.self)),
                RemoteHeader("Accept", "application/json"),
            ], purpose: "events")
    }

    /// A bound of `generated`, which Panko reads as UTC.
    private static func clause(_ field: String, _ operation: String, _ time: Timestamp) -> PankoFilter.Clause {
        PankoFilter.Clause(
            field: field, operation: operation, type: "datetime", value: String(time.canonicalText.dropLast()))
    }

    /// What an answer other than 200 means.
    mutating func refused(_ fault: PankoFault, now: Timestamp) -> RemoteVerdict {
        let marker = round?.marker
        // A round may always begin again: the window tells what was read.
        if fault.status == 401 || fault.status >= 500 { round = nil }
        switch fault.status {
        case 401:
            if session.refused(now: now) { return .goOn }
            return failure(
                .credentials,
                "Panko refuses a token that Keystone has just given (\(fault.description)). Check that auth.url is the "
                    + "Keystone that Panko trusts.")
        case 403:
            return failure(
                .permission,
                "Panko forbids reading events (\(fault.description)). Give the account a role in auth.project, or for "
                    + "all-tenants the role 'admin'.")
        case 404, 405:
            return failure(
                .address,
                "There is no events API of Panko (\(fault.description)). Check url, or remove it to take the "
                    + "address from Keystone's catalog.")
        case 429, 503: return failure(.throttled, "Panko asks for patience (\(fault.description)).")
        case 500...:
            guard let marker, fault.isMissingMarker(marker.string) else {
                return failure(.server, "Panko is in trouble (\(fault.description)).")
            }
            restartCount += 1
            guard restartCount > Self.maximumRestartCount else { return .goOn }
            return failure(
                .server, "Panko forgets events while they are read (\(fault.description)). Reading begins again.")
        default:
            return failure(
                .unreadable,
                "Panko does not take the request (\(fault.description)). Check url, event-types and traits.")
        }
    }

    /// An answer that is not what Panko sends.
    func unreadable(_ problem: String) -> RemoteFailure {
        RemoteFailure(.unreadable, "What Panko answers cannot be read: \(problem). Check url.")
    }

    private func failure(_ kind: RemoteFailure.Kind, _ reason: String) -> RemoteVerdict {
        .retry(RemoteFailure(kind, reason))
    }
}
