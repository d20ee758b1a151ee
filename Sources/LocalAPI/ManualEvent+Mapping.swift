internal import EventModel
internal import EventText

/// Completes what somebody sent by hand to an event (`design.md`, section 3, "by hand").
///
/// What is given stands. What is missing: `time` is now, `origin` the sender's program, `user` the sender's name,
/// `host` this machine or a remote sender's address, `kind` `Software.Log.Emitted`, `severity` info, `classification` ua, `visibility` external.
/// `source` and `observedTime` are always ours, and so are the parameters that begin with `sender.`.
struct ManualMapping: Sendable {
    /// What the parameters begin with that say who sent the event.
    private static let senderPrefix = Array("sender.".utf8)

    /// This machine.
    let host: Text

    /// - Parameters:
    ///   - id: for an event that brings none.
    ///   - now: when it was accepted.
    func event(from draft: EventDraft, sender: Sender, id: EventID, now: Timestamp) -> Event {
        var cutter = TextCutter()
        let tenant = Tenant(
            id: cutter.cut(draft.tenant.id, "tenant.id"), name: cutter.cut(draft.tenant.name, "tenant.name"))
        let objects = draft.objects.enumerated().map { index, object in
            AssociatedObject(
                type: cutter.cut(object.type, "objects.\(index).type"),
                id: cutter.cut(object.id, "objects.\(index).id"),
                name: cutter.cut(object.name, "objects.\(index).name"))
        }
        let arguments = draft.arguments.enumerated().map { cutter.cut($1, "arguments.\($0)") }
        let tags = draft.tags.enumerated().map { cutter.cut($1, "tags.\($0)") }
        let origin = cutter.cut(draft.origin, "origin").or(sender.program)
        let host = cutter.cut(draft.host, "host").or(sender.host ?? host)
        let kind = cutter.cut(draft.kind, "kind").or("Software.Log.Emitted")
        let type = cutter.cut(draft.type, "type")
        let user = cutter.cut(draft.user, "user").or(namedUser(in: draft)).or(sender.userName)
        let message = draft.message.map { cutter.cut($0, "message", limit: TextCutter.maximumMessageByteCount) }
        return Event(
            id: id, time: draft.time ?? now, observedTime: now, source: Text(LocalAPI.sourceName), origin: origin,
            host: host, kind: kind, type: type, severity: draft.severity == .unknown ? .info : draft.severity,
            classification: draft.classification == .unknown ? .ua : draft.classification,
            visibility: draft.visibility == .unknown ? .external : draft.visibility, isSystemEvent: draft.isSystemEvent,
            code: draft.code, message: message, user: user, tenant: tenant, objects: objects, arguments: arguments,
            parameters: parameters(of: draft, sender, &cutter), tags: tags)
    }

    /// The user that a text parameter names, as Iguazio's clients do.
    private func namedUser(in draft: EventDraft) -> Text {
        for name in ["username", "user"] as [Text] {
            let parameter = draft.parameters.first { $0.name == name }
            if case .text(let text)? = parameter?.value, text.bytes.count <= 1024 { return text }
        }
        return .empty
    }

    /// What was given, then what was cut, then who sent it; ours stand where names are the same.
    private func parameters(of draft: EventDraft, _ sender: Sender, _ cutter: inout TextCutter) -> [Parameter] {
        var kept: [Parameter] = []
        for parameter in draft.parameters where !parameter.name.bytes.starts(with: Self.senderPrefix) {
            if case .text(let text) = parameter.value {
                kept.append(Parameter(parameter.name, .text(cutter.cut(text, parameter.name.string))))
            } else {
                kept.append(parameter)
            }
        }
        let taken = Set(cutter.truncations.map(\.name))
        var parameters = taken.isEmpty ? kept : kept.filter { !taken.contains($0.name) }
        parameters += cutter.truncations
        parameters += sender.parameters
        return parameters
    }
}

extension Text {
    /// This text, or `other` when it is empty.
    fileprivate func or(_ other: Text) -> Text {
        isEmpty ? other : self
    }
}

extension Sender {
    /// The machine that it is on, as far as that is not this one.
    fileprivate var host: Text? {
        switch origin {
        case .process: nil
        case .address(let address): address
        }
    }

    /// Who sent an event.
    fileprivate var parameters: [Parameter] {
        var parameters: [Parameter] = []
        switch origin {
        case .process(let user, let group, let id):
            parameters.append(Parameter("sender.uid", .integer(WholeNumber(Int(user)))))
            parameters.append(Parameter("sender.gid", .integer(WholeNumber(Int(group)))))
            if id > 0 { parameters.append(Parameter("sender.pid", .integer(WholeNumber(Int(id))))) }
        case .address(let address): parameters.append(Parameter("sender.address", .text(address)))
        }
        if !claimedName.isEmpty { parameters.append(Parameter("sender.name", .text(claimedName))) }
        return parameters
    }
}
