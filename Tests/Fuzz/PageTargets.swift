import EventModel
import Platform
import RemoteEvents

@testable import LocalAPI

/// An answer of a remote API: it is refused, or what it gives are whole events.
struct PageTarget: FuzzTarget {
    let api: ResponseReader.API

    func run(_ bytes: [UInt8]) {
        let reader = ResponseReader(api, source: "fuzz", observed: .earliest)
        guard let reading = try? reader.read(bytes) else { return }
        for event in reading.events { requireRoundTrip(event) }
    }
}

/// A body for the local API: it is refused with a reason, or has as many events as ids.
struct RequestTarget: FuzzTarget {
    private static let sender = Sender(user: 1, group: 2, process: 3, program: "fuzz", userName: "a")

    func run(_ bytes: [UInt8]) {
        var decoder = EventsDecoder(
            mapping: ManualMapping(host: "h"), sender: Self.sender, maximumEventCount: 1000, now: .latest,
            newID: { EventID(high: 1, low: 2) })
        decoder.decode(bytes)
        guard decoder.refusal == nil else { return }
        var reader = BatchReader(decoder.takePayload())
        var ids: [EventID] = []
        while (try? reader.next()) == true {
            ids.append(reader.id)
            requireRoundTrip(reader.event())
        }
        require(ids == decoder.ids && !ids.isEmpty, "\(ids.count) events for \(decoder.ids.count) ids")
    }
}
