package import EventModel
internal import Pipeline

/// Makes events of an API's response that somebody has at hand, as the source of that API makes them.
package struct ResponseReader: Sendable {
    /// What an API's response is like.
    package enum API: String, CaseIterable, Sendable {
        case maas, panko, mws, iguazio
    }

    /// Why a response has no events.
    package struct Failure: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    /// The events of a response, and a sentence for each record that is none.
    package struct Reading: Sendable {
        package var events: [Event] = []
        package var notes: [String] = []
    }

    private let api: API
    /// Name of the source that the events are to be of.
    private let source: String
    private let identity: EventIdentity
    private let observed: Timestamp

    package init(_ api: API, source: String, observed: Timestamp) {
        self.api = api
        self.source = source
        self.observed = observed
        identity = EventIdentity(source: source)
    }

    /// Reads a whole response.
    ///
    /// - Throws: ``Failure`` when it is none of this API.
    package func read(_ body: [UInt8]) throws(Failure) -> Reading {
        switch api {
        case .maas: try maas(body)
        case .panko: try panko(body)
        case .mws: try mws(body)
        case .iguazio: try iguazio(body)
        }
    }

    private func maas(_ body: [UInt8]) throws(Failure) -> Reading {
        guard let page = MAASPage(body, zone: .utc) else {
            throw Failure(description: "it is no answer of MAAS: an object with the list 'events'")
        }
        var mapping = MAASMapping()
        var reading = Reading(notes: page.damaged.map(\.reason))
        for record in page.records {
            let id = identity.id(of: Text("maas event \(record.id)").bytes.span)
            reading.events.append(mapping.event(from: record, id: id, source: Text(source), observed: observed))
        }
        return reading
    }

    private func panko(_ body: [UInt8]) throws(Failure) -> Reading {
        guard let page = PankoPage(body) else {
            throw Failure(description: "it is no answer of Panko: a list of events")
        }
        let mapping = PankoMapping(keepsRaw: false)
        var reading = Reading()
        for item in page.items {
            switch item {
            case .record(let record):
                let id = identity.id(of: record.messageID.bytes.span)
                reading.events.append(mapping.event(from: record, id: id, source: source, observed: observed))
            case .unreadable(let record): reading.notes.append("an event cannot be read: \(record.reason)")
            }
        }
        return reading
    }

    private func mws(_ body: [UInt8]) throws(Failure) -> Reading {
        let page: MWSPage
        do throws(RecordArrayError) {
            page = try MWSPage(body)
        } catch {
            throw Failure(description: "it is no answer of MWS: \(error)")
        }
        let mapping = MWSMapping(source: Text(source))
        var reading = Reading()
        for record in page.records {
            switch record {
            case .event(let event):
                let id = identity.id(of: record.identity.bytes.span)
                reading.events.append(mapping.event(event, id: id, observedTime: observed))
            case .broken(let reason, _, _): reading.notes.append("an event cannot be read, as \(reason)")
            }
        }
        return reading
    }

    private func iguazio(_ body: [UInt8]) throws(Failure) -> Reading {
        let page: IguazioPage
        do throws(RecordArrayError) {
            page = try IguazioPage(body)
        } catch {
            throw Failure(description: "it is no answer of Iguazio: \(error)")
        }
        var reading = Reading()
        for range in page.ranges {
            let bytes = page.bytes(range)
            let record = IguazioPage.record(bytes.span)
            switch record {
            case .event(let native):
                let collection = IguazioCollection.allCases.first { $0.recordType == native.type } ?? .events
                let id = identity.id(of: IguazioPage.identity(of: record, bytes: bytes, in: collection).bytes.span)
                let mapping = IguazioMapping(source: Text(source), collection: collection)
                reading.events.append(mapping.event(native, id: id, observedTime: observed))
            case .broken(let reason): reading.notes.append("a record cannot be read, as \(reason)")
            }
        }
        return reading
    }
}
