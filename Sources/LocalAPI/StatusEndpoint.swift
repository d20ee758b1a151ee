internal import Pipeline

/// What the daemon says of itself: `GET /v1/status`, `/metrics` and `/healthz`.
struct StatusEndpoint: Sendable {
    /// Gathers the report.
    let report: @Sendable () async -> StatusReport

    /// `GET /v1/status`: JSON.
    func status() async -> Answer {
        do {
            return Answer(status: 200, contentType: "application/json", body: try await report().json())
        } catch {
            return .refused(500, "the status could not be written as JSON: \(error)")
        }
    }

    /// `GET /metrics`: Prometheus's text format.
    func metrics() async -> Answer {
        Answer(
            status: 200, contentType: "text/plain; version=0.0.4; charset=utf-8",
            body: Array(await report().metrics().utf8))
    }

    /// `GET /healthz`: 200 while every part makes progress, else 503 with the reasons, a line each.
    func health() async -> Answer {
        let complaints = await report().complaints
        guard !complaints.isEmpty else { return .plain("ok") }
        return Answer(
            status: 503, contentType: "text/plain; charset=utf-8",
            body: Array((complaints.joined(separator: "\n") + "\n").utf8))
    }
}
