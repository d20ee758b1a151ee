/// What a request asks for, by its method and path.
enum Route: Equatable {
    /// `POST /v1/events`: take events.
    case createEvents
    /// `POST /v1/sinks/NAME/skip`: step over an event.
    case skip(sink: String)
    /// `POST /v1/sinks/NAME/replay`: deliver events again to one sink.
    case replay(sink: String)
    /// `GET /healthz`: does everything make progress?
    case health
    /// `GET /v1/status`: how is everything?
    case status
    /// `GET /metrics`: the same for Prometheus.
    case metrics
    /// There is no such path.
    case unknown
    /// There is the path, but not with this method; `allow` is the header that says with which.
    case wrongMethod(allow: String)

    /// - Parameter target: the request's target; what follows a question mark does not count.
    init(method: String, target: String) {
        let path = target.prefix { $0 != "?" }
        switch (path, method) {
        case ("/v1/events", "POST"): self = .createEvents
        case ("/v1/events", _): self = .wrongMethod(allow: "POST")
        case ("/healthz", "GET"), ("/healthz", "HEAD"): self = .health
        case ("/v1/status", "GET"), ("/v1/status", "HEAD"): self = .status
        case ("/metrics", "GET"), ("/metrics", "HEAD"): self = .metrics
        case ("/healthz", _), ("/v1/status", _), ("/metrics", _): self = .wrongMethod(allow: "GET, HEAD")
        default: self = Self.ofSink(path, method) ?? .unknown
        }
    }

    /// `/v1/sinks/NAME/…`; `nil` for another path. A sink's name has no character that a URL encodes.
    private static func ofSink(_ path: Substring, _ method: String) -> Route? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].isEmpty, parts[1...2] == ["v1", "sinks"] else { return nil }
        let sink = String(parts[3])
        switch parts[4] {
        case "skip": return method == "POST" ? .skip(sink: sink) : .wrongMethod(allow: "POST")
        case "replay": return method == "POST" ? .replay(sink: sink) : .wrongMethod(allow: "POST")
        default: return nil
        }
    }
}

/// Whether a body of this type can hold events; a request without a type is taken at its word, and so is one with the
/// type that `curl --data` gives to everything.
///
/// - Parameter contentType: the header; what follows a semicolon does not count.
func holdsEvents(contentType: String?) -> Bool {
    let type = contentType?.prefix { $0 != ";" }.lowercased().filter { $0 != " " && $0 != "\t" } ?? ""
    return ["", "application/json", "application/x-ndjson", "text/plain", "application/x-www-form-urlencoded"]
        .contains(type)
}
