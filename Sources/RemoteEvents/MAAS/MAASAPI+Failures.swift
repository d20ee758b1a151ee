internal import EventModel

extension MAASAPI {
    /// What an answer means that is neither a page nor a failure of the region itself.
    static func failure(_ response: RemoteResponse) -> RemoteFailure {
        let excerpt = response.excerpt
        switch response.status {
        case 400:
            return RemoteFailure(
                .address,
                "MAAS refuses the query (400: \(excerpt)); check the source's filters: hostnames, domains, zones, macs."
            )
        case 403:
            return RemoteFailure(
                .permission,
                "The key's user may not read events (403: \(excerpt)); use another user's key in 'api-key'.")
        case 404:
            return RemoteFailure(
                .address, "There is no API of MAAS 2.0 or later at 'url' (404); its address usually ends with /MAAS.")
        case 429, 503:
            return RemoteFailure(.throttled, "MAAS asks for patience (\(response.status): \(excerpt)).")
        case 500...: return RemoteFailure(.server, "MAAS or a proxy of it fails (\(response.status): \(excerpt)).")
        default:
            return RemoteFailure(
                .address, "The answer is none that MAAS gives (\(response.status): \(excerpt)); check 'url'.")
        }
    }

    /// Says why the key is refused, and learns how far the region's clock is behind: it refuses what seems old.
    mutating func unauthorized(_ response: RemoteResponse, now: Timestamp) -> RemoteFailure {
        let excerpt = response.excerpt
        guard let date = response.header("Date").flatMap(HTTPDate.parse) else {
            return RemoteFailure(.credentials, "MAAS refuses the key (401: \(excerpt)); check 'api-key'.")
        }
        let lag = (now.microseconds - date.microseconds) / 1_000_000
        guard abs(lag) > 60 else {
            learn(clockLag: 0)
            return RemoteFailure(.credentials, "MAAS refuses the key (401: \(excerpt)); check 'api-key'.")
        }
        learn(clockLag: now.microseconds - date.microseconds)
        return RemoteFailure(
            .credentials,
            "MAAS refuses the key (401: \(excerpt)); its clock is \(abs(lag)) s \(lag > 0 ? "behind" : "ahead of") ours: "
                + "set both clocks, then check 'api-key'. The next try uses its time.")
    }
}
