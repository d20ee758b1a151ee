package import EventModel
internal import Settings

/// OpenStack Panko, `/v2/events`: how it is logged in to, asked and understood. Decides; performs no I/O.
///
/// The account needs a role in a project; to see all projects' events it needs the role `admin`, and the setting
/// `all-tenants`. Without either, Panko shows only events of that very user.
///
/// Panko orders by time, then id, and gives no number of its own: an event that comes late lies before the ones that
/// were read. So each round begins a window (`overlap`) before the newest event, and the ids in it tell what is new.
/// The cursor is that window (``PankoPosition``). Within a round pages follow by marker; a marker that Panko has
/// forgotten in the meantime only begins the round again.
package struct PankoAPI: RemoteAPI {
    /// What the last request was.
    enum Asked {
        case token, events
    }

    /// Rounds in a row that begin again as their marker is gone, before it counts as a failure.
    static let maximumRestartCount = 3
    /// An idle source moves its cursor no more often than this.
    static let checkedInterval = Duration.seconds(600)
    /// Only after so long without a look can Panko's retention have taken what was not read.
    static let retentionDoubt = Duration.seconds(3600)

    let settings: PankoSettings
    let filter: PankoFilter
    let mapping: PankoMapping
    /// Whether only the newest event is read, once.
    let isProbe: Bool
    var session: KeystoneSession
    /// `nil` until the first request is made: only then the time is known.
    var position: PankoPosition?
    /// Whether there was a cursor that says nothing.
    var isPositionLost = false
    /// `nil` between rounds.
    var round: PankoRound?
    var isRoundOver = false
    /// Events that are asked for at once: `page-size`, or less while answers are too large.
    var limit: Int
    /// Rounds in a row that began again.
    var restartCount = 0
    var asked = Asked.token
    /// Whether the log has it that the account cannot see all projects, and that the window is full.
    var hasNotedRoles = false
    var hasNotedFullWindow = false
    /// Of a probe.
    var newest: Timestamp?

    /// - Parameters:
    ///   - cursor: where the source stands; `nil` at its first start.
    ///   - isProbe: whether to read only the newest event, to see whether all is well.
    package init(settings: PankoSettings, cursor: Cursor?, isProbe: Bool = false) {
        self.settings = settings
        self.isProbe = isProbe
        filter = PankoFilter(settings)
        mapping = PankoMapping(keepsRaw: settings.keepsRaw)
        session = KeystoneSession(settings: settings)
        limit = settings.remote.pageSize
        if let cursor {
            position = PankoPosition(reading: cursor.bytes.span)
            isPositionLost = position == nil
        }
    }

    package var cursor: Cursor { Cursor(position?.bytes ?? []) }

    package var finding: String {
        guard let token = session.token else { return "not logged in" }
        var text = "logged in as '\(token.userName ?? "?")'"
        if let project = token.projectName ?? token.projectID { text += " in project '\(project)'" }
        if isMissingAdmin(token) {
            text += " without the role 'admin', which all-tenants needs: Panko will give nothing"
        } else if let newest {
            text += ", newest event of \(newest.canonicalText)"
        } else {
            text += ", no event that the settings ask for"
        }
        return text
    }

    package mutating func next(now: Timestamp) -> RemoteStep {
        if position == nil { position = PankoPosition(from: startTime(now), now: now) }
        guard !isRoundOver else {
            isRoundOver = false
            return .wait
        }
        switch session.step(now: now) {
        case .send(let request):
            asked = .token
            return .send(request)
        case .ready(let access):
            if round == nil, let position {
                round = PankoRound(of: position, now: now)
                limit = min(settings.remote.pageSize, limit * 2)
            }
            asked = .events
            return .send(eventsRequest(access))
        }
    }

    package mutating func received(
        _ answer: RemoteAnswer, now: Timestamp, into page: inout RemotePage
    ) -> RemoteVerdict {
        switch (asked, answer) {
        case (.token, .response(let response)):
            if let failure = session.received(response, now: now) { return .retry(failure) }
            noteRoles(in: &page)
            return .goOn
        case (.token, .tooLarge(let limit)):
            return .retry(
                RemoteFailure(
                    .unreadable,
                    "The answer of \(settings.identityURL) to a login has more than \(limit) bytes. Check auth.url."))
        case (.events, .response(let response)) where response.status == 200:
            session.accepted()
            guard let items = PankoPage(response.body)?.items else {
                return .retry(unreadable("it is no whole array of events, but begins '\(response.excerpt.prefix(80))'"))
            }
            return take(items, now: now, into: &page)
        case (.events, .response(let response)): return refused(PankoFault(response), now: now)
        case (.events, .tooLarge(let byteCount)): return tooLarge(byteCount, now: now, into: &page)
        }
    }

    private func startTime(_ now: Timestamp) -> Timestamp {
        switch settings.remote.start {
        case .now: now
        case .beginning: .earliest
        case .time(let time): time
        }
    }

    private func isMissingAdmin(_ token: KeystoneToken) -> Bool {
        settings.readsAllTenants && !token.roles.contains { $0.lowercased() == "admin" }
    }

    private mutating func noteRoles(in page: inout RemotePage) {
        guard let token = session.token, isMissingAdmin(token) != hasNotedRoles else { return }
        hasNotedRoles.toggle()
        guard hasNotedRoles else { return }
        page.note(
            "all-tenants is set, but '\(token.userName ?? "?")' has not the role 'admin' in the project: Panko then "
                + "gives no event at all. Give the account that role, or remove all-tenants.")
    }
}
