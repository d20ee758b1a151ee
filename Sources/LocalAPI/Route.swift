/// What a request asks for, by its method and path.
enum Route: Equatable {
    /// `POST /v1/events`: take events.
    case createEvents
    /// `GET /v1/tap`: show events as they are accepted.
    case tap
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
    /// `POST /mws/rest/events?api-version=3`: take an event in Moab's form.
    case createMoabEvent
    /// `POST /mws/rest/events` for another version of Moab's interface, or without one.
    case wrongMoabVersion
    /// `POST /api/manual_events`: take an event in Iguazio's form.
    case createIguazioEvent
    /// `POST /api/sessions`: log in as Iguazio's client does.
    case openIguazioSession
    /// `POST /api/sessions/verifications/…`: ask who one is, as Iguazio's client does.
    case verifyIguazioSession
    /// `GET /api/tunnel/…/external_versions/…`: ask for the platform's version, as Iguazio's client does.
    case iguazioVersion
    /// There is no such path.
    case unknown
    /// There is the path, but not with this method; `allow` is the header that says with which.
    case wrongMethod(allow: String)

    /// - Parameter target: the request's target.
    init(method: String, target: String) {
        let path = String(target.prefix { $0 != "?" })
        switch (path, method) {
        case ("/v1/events", "POST"): self = .createEvents
        case ("/v1/events", _): self = .wrongMethod(allow: "POST")
        case ("/v1/tap", "GET"): self = .tap
        case ("/v1/tap", _): self = .wrongMethod(allow: "GET")
        case ("/healthz", "GET"), ("/healthz", "HEAD"): self = .health
        case ("/v1/status", "GET"), ("/v1/status", "HEAD"): self = .status
        case ("/metrics", "GET"), ("/metrics", "HEAD"): self = .metrics
        case ("/healthz", _), ("/v1/status", _), ("/metrics", _): self = .wrongMethod(allow: "GET, HEAD")
        case _ where path.hasPrefix("/v1/sinks/"): self = Self.ofSink(method, path)
        case _ where path.hasPrefix("/mws/"): self = Self.moab(method, path, target)
        case _ where path.hasPrefix("/api/"): self = Self.iguazio(method, path)
        default: self = .unknown
        }
    }

    /// `/v1/sinks/NAME/…`. A sink's name has no character that a URL encodes.
    private static func ofSink(_ method: String, _ path: String) -> Route {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 5 else { return .unknown }
        let sink = String(parts[3])
        switch parts[4] {
        case "skip": return method == "POST" ? .skip(sink: sink) : .wrongMethod(allow: "POST")
        case "replay": return method == "POST" ? .replay(sink: sink) : .wrongMethod(allow: "POST")
        default: return .unknown
        }
    }

    private static func moab(_ method: String, _ path: String, _ target: String) -> Route {
        let collection = "/mws/rest/events"
        switch method {
        case _ where path != collection && !path.hasPrefix("\(collection)/"): return .unknown
        case "PUT", "DELETE", "PATCH": return .wrongMethod(allow: path == collection ? "POST" : "")
        case _ where path != collection: return .unknown
        case "POST": return queryValues("api-version", in: target) == ["3"] ? .createMoabEvent : .wrongMoabVersion
        default: return .wrongMethod(allow: "POST")
        }
    }

    private static func iguazio(_ method: String, _ path: String) -> Route {
        let known: (method: String, route: Route)
        switch path {
        case "/api/manual_events": known = ("POST", .createIguazioEvent)
        case "/api/sessions": known = ("POST", .openIguazioSession)
        case _ where path.hasPrefix("/api/sessions/verifications/"): known = ("POST", .verifyIguazioSession)
        case _ where path.hasPrefix("/api/tunnel/") && path.contains("/external_versions/"):
            known = ("GET", .iguazioVersion)
        default: return .unknown
        }
        return method == known.method ? known.route : .wrongMethod(allow: known.method)
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
