package import EventModel

/// An event as somebody wrote it, before the daemon fills in what is left out.
package struct EventDraft: Hashable, Sendable {
    package var id: EventID?
    package var time: Timestamp?
    package var observedTime: Timestamp?
    package var source: Text?
    package var origin = Text.empty
    package var host = Text.empty
    package var kind = Text.empty
    package var type = Text.empty
    package var severity = Severity.unknown
    package var classification = Classification.unknown
    package var visibility = Visibility.unknown
    package var isSystemEvent = false
    package var code: UInt32?
    package var message: Text?
    package var user = Text.empty
    package var tenant = Tenant()
    package var objects: [AssociatedObject] = []
    package var arguments: [Text] = []
    package var parameters: [Parameter] = []
    package var tags: [Text] = []

    package init() {}

    /// The event, with what the draft leaves out given.
    package func event(id: EventID, time: Timestamp, observedTime: Timestamp, source: Text) -> Event {
        Event(
            id: self.id ?? id, time: self.time ?? time, observedTime: self.observedTime ?? observedTime,
            source: self.source ?? source, origin: origin, host: host, kind: kind, type: type, severity: severity,
            classification: classification, visibility: visibility, isSystemEvent: isSystemEvent, code: code,
            message: message, user: user, tenant: tenant, objects: objects, arguments: arguments,
            parameters: parameters, tags: tags)
    }
}
