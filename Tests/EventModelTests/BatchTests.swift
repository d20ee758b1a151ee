import EventModel
import TestSupport
import Testing

/// The binary form of events: what is written is read back, and the bytes are trusted in nothing.
@Suite struct BatchTests {
    @Test(arguments: 0..<100)
    func `a batch gives its events back, whatever they hold`(seed: Int) throws {
        var generator = EventGenerator(seed: seed)
        let events = (0..<20).map { _ in generator.event() }
        #expect(try read(batch(events)) == events)
    }

    @Test func `an empty batch has no event`() throws {
        #expect(try read([]) == [])
    }

    @Test func `the bytes of a batch are those of the format`() {
        let event = Event(
            id: EventID(high: 0x0102_0304_0506_0708, low: 0x090A_0B0C_0D0E_0F10),
            time: Timestamp(microseconds: Int64(0x1122_3344)), observedTime: Timestamp(microseconds: Int64(-1)),
            source: "s", host: "s", severity: .critical, classification: .audit, visibility: .customerOnly,
            isSystemEvent: true, code: 0x0DFF_FFFF, message: "", parameters: [Parameter("p", .boolean(true))])
        var expected: [UInt8] = Array(1...16) + [0x44, 0x33, 0x22, 0x11, 0, 0, 0, 0]
        expected += [UInt8](repeating: 0xFF, count: 8)
        expected += [5, 8 | 3 << 4 | 0x40]
        // The source is written out, the host refers to it; the message is empty; a named flag follows.
        expected += [1, 2, 0x73, 2, 1, 6, 0, 12, 0xFF, 0xFF, 0xFF, 0x0D, 14, 0, 2, 0x70, 5, 0]
        #expect(batch([event]) == expected)
    }

    @Test func `a message that is missing is not one that is empty`() throws {
        let events = [nil, Text.empty].map {
            Event(id: id, time: .earliest, observedTime: .latest, source: "s", message: $0)
        }
        #expect(try read(batch(events)) == events)
    }

    @Test func `a writer that was emptied begins without a table`() throws {
        let event = Event(id: id, time: .earliest, observedTime: .latest, source: "s", host: "h")
        var writer = BatchWriter()
        writer.append(event)
        let first = writer.bytes
        writer.removeAll()
        #expect(writer.eventCount == 0)
        writer.append(event)
        #expect(writer.bytes == first)
    }

    @Test func `references of the field calls are followed`() throws {
        let (name, value) = (Text("NAME"), Text("value"))
        var writer = BatchWriter()
        writer.begin(BatchWriter.Head(id: id, time: .earliest, observedTime: .earliest))
        let first = writer.write(.host, Text("h").bytes.span)
        let host = try #require(first)
        writer.write(.origin, reference: host)
        let second = writer.write(parameter: name.bytes.span, value.bytes.span)
        let place = try #require(second)
        writer.write(parameterNamed: host, value.bytes.span)
        writer.write(parameterReference: place)
        writer.end()
        let event = try #require(try read(writer.bytes).first)
        #expect(event.host == "h")
        #expect(event.origin == "h")
        let parameter = Parameter(name, .text(value))
        #expect(event.parameters == [parameter, Parameter("h", .text(value)), parameter])
    }

    @Test func `tables stop growing at their limit and nothing is lost`() throws {
        // More distinct texts and parameters than the tables take, in three events.
        let count = BatchFormat.maximumTableCount / 2 + 100
        let events = (0..<3).map { number in
            Event(
                id: id, time: .earliest, observedTime: .earliest, source: "s",
                parameters: (0..<count).map { Parameter(Text("\(number) \($0)"), .integer(WholeNumber($0))) })
        }
        #expect(try read(batch(events)) == events)
    }

    @Test func `a reader that starts over forgets the tables`() throws {
        let event = Event(
            id: id, time: .earliest, observedTime: .latest, source: "source",
            parameters: [Parameter("p", .boolean(true))])
        var reader = BatchReader(events: [event])
        while try reader.next() {}
        // References to entries that only the batch before had.
        var text = head
        text += [1, 1, 0]
        reader.reset(text)
        #expect(throws: BatchError.malformed(offset: 35)) { try reader.next() }
        reader.reset(head + [14, 1, 0])
        #expect(throws: BatchError.malformed(offset: 35)) { try reader.next() }
    }

    @Test func `a batch is read from an offset`() throws {
        let event = Event(id: id, time: .earliest, observedTime: .latest, source: "source")
        var reader = BatchReader([])
        reader.reset([1, 2, 3] + batch([event]), from: 3)
        #expect(try reader.next())
        #expect(reader.event() == event)
        #expect(try !reader.next())
        reader.reset([1, 2], from: 9)
        #expect(try !reader.next())
    }

    @Test(arguments: [
        ([255], BatchError.malformed(offset: 34)),
        ([15], .malformed(offset: 34)),
        ([1], .truncated(offset: 35)),
        ([1, 3], .malformed(offset: 35)),
        ([1, 200, 1, 65], .truncated(offset: 35)),
        ([1, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], .truncated(offset: 35)),
        ([1] + [UInt8](repeating: 0x80, count: 10), .malformed(offset: 35)),
        ([12, 1, 2], .truncated(offset: 37)),
        ([14, 0, 0, 7], .malformed(offset: 37)),
        ([14, 9], .malformed(offset: 35)),
        ([14, 0, 0, 3, 1, 2, 3], .truncated(offset: 41)),
        ([], .truncated(offset: 34)),
    ])
    func `a field that the format does not have is named by its place`(field: [UInt8], error: BatchError) {
        var reader = BatchReader(head + field)
        #expect(throws: error) { try reader.next() }
    }

    @Test(arguments: [(32, 6), (33, 0x0A), (33, 0x80)])
    func `a head with an unknown word is malformed`(offset: Int, byte: UInt8) {
        var bytes = head + [0]
        bytes[offset] = byte
        var reader = BatchReader(bytes)
        #expect(throws: BatchError.malformed(offset: 32)) { try reader.next() }
    }

    @Test(arguments: 0..<20)
    func `every beginning of a batch ends in an error or gives the events before it`(seed: Int) throws {
        var generator = EventGenerator(seed: seed)
        let events = (0..<3).map { _ in generator.event() }
        let bytes = batch(events)
        for length in stride(from: 0, to: bytes.count, by: 7) {
            let (found, error) = readWhatThereIs(Array(bytes[..<length]))
            #expect(Array(events.prefix(found.count)) == found)
            #expect(found.count < events.count)
            #expect(error != nil || batch(found).count == length)
        }
    }

    @Test(arguments: 0..<100)
    func `no bytes harm the reader`(seed: Int) {
        var random = SeededGenerator(seed: seed)
        var generator = EventGenerator(seed: seed)
        let whole = batch((0..<4).map { _ in generator.event() })
        for round in 0..<300 {
            var bytes: [UInt8]
            if round % 3 == 0 {
                bytes = (0..<Int.random(in: 0...200, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
                // Heads that pass, so that what follows is examined too.
                if bytes.count > 33, Bool.random(using: &random) { bytes.replaceSubrange(..<34, with: head) }
            } else {
                bytes = whole
                for _ in 0..<Int.random(in: 1...4, using: &random) { mutate(&bytes, using: &random) }
            }
            let (found, _) = readWhatThereIs(bytes)
            // An event has 35 bytes at least: what is read is bounded by what is there.
            #expect(found.count <= bytes.count / 35)
        }
    }

    private let id = EventID(high: 1, low: 2)

    /// The head of an event whose words are all known.
    private var head: [UInt8] { [UInt8](repeating: 0, count: BatchFormat.headByteCount) }

    private func batch(_ events: [Event]) -> [UInt8] {
        var writer = BatchWriter()
        for event in events { writer.append(event) }
        #expect(writer.eventCount == events.count)
        return writer.bytes
    }

    private func read(_ bytes: [UInt8]) throws -> [Event] {
        var reader = BatchReader(bytes)
        var events: [Event] = []
        while try reader.next() { events.append(reader.event()) }
        return events
    }

    private func readWhatThereIs(_ bytes: [UInt8]) -> ([Event], BatchError?) {
        var reader = BatchReader(bytes)
        var events: [Event] = []
        do throws(BatchError) {
            while try reader.next() { events.append(reader.event()) }
        } catch {
            // Damage ends the batch, as the next event cannot be found.
            #expect((try? reader.next()) == false)
            return (events, error)
        }
        return (events, nil)
    }

    private func mutate(_ bytes: inout [UInt8], using random: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...9, using: &random)))
        case 2: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
        default: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        }
    }
}
