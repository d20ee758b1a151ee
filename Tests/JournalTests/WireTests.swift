import EventModel
import Glibc
import Normalization
import Pipeline
import TestSupport
import Testing

@testable import Journal

/// Builds frames as the reader does, from fields that are given as text.
struct TestFrame: ~Copyable {
    var builder: FrameBuilder

    init(
        _ settings: JournalSettings = JournalSettings(), ruleFields: [String] = [], maximumField: Int = 1 << 20
    ) {
        builder = FrameBuilder(
            filter: JournalFilter(settings, own: nil, currentBoot: ""), parameters: settings.parameters,
            ruleFields: ruleFields, maximumField: maximumField)
    }

    /// The cursor of the entry with a number.
    static func cursor(_ number: UInt64) -> JournalCursor {
        var cursor = JournalCursor()
        cursor.sequence = JournalCursor.ID(high: 1, low: 2)
        cursor.sequenceNumber = number
        cursor.realtime = 1_700_000_000_000_000 + number
        return cursor
    }

    mutating func finish(_ number: UInt64) {
        let cursor = Self.cursor(number)
        builder.finishEntry(sequence: cursor.sequence, number: number, realtime: cursor.realtime)
    }

    mutating func add(_ number: UInt64, _ fields: [[UInt8]]) {
        builder.beginEntry()
        for field in fields {
            unsafe field.withUnsafeBufferPointer { unsafe builder.add($0.baseAddress!, $0.count) }
        }
        finish(number)
    }

    /// The content of the frame.
    func content(cursor: String = "c") -> [UInt8] {
        unsafe builder.head(cursor: cursor) + builder.withEntries { unsafe Array($0) }
    }
}

extension EntryMapper {
    /// The events of a frame's content.
    mutating func events(of content: [UInt8]) throws -> [Event] {
        var reader = WireReader(content.span)
        for _ in 0..<3 { _ = try reader.varint() }
        _ = try reader.text()
        beginFrame()
        _ = try map(&reader, observed: Timestamp(microseconds: Int64(7)))
        var batch = BatchReader(output.writer.bytes)
        var events: [Event] = []
        while try batch.next() { events.append(batch.event()) }
        return events
    }
}

func fields(_ texts: String...) -> [[UInt8]] {
    texts.map { Array($0.utf8) }
}

@Suite struct WireTests {
    @Test func `a request comes back as it was`() throws {
        var settings = JournalSettings()
        settings.place = .files(["/a", "/b"])
        settings.namespace = "web"
        settings.boots = .current
        settings.units = ["a", "b*"]
        settings.identifiers = ["x"]
        settings.transports = ["kernel"]
        settings.facilities = [.auth, .local7]
        settings.minimumPriority = 4
        settings.matches = [JournalSettings.FieldMatch(name: "A", value: [0, 255])]
        settings.excludesOwn = false
        settings.start = .time(Timestamp(microseconds: Int64(-5)))
        settings.maximumField = 1 << 16
        let request = ReaderRequest(
            task: .once, settings: settings, ruleFields: ["_EXE"], leftOut: ["/c"], daemon: 77, daemonStart: 9,
            position: "s=1")
        #expect(try ReaderRequest(decoding: request.encoded()) == request)
        for start in [JournalSettings.Start.now, .boot, .beginning] {
            var other = request
            other.settings.start = start
            #expect(try ReaderRequest(decoding: other.encoded()) == other)
        }
    }

    @Test func `a request that is cut anywhere is refused`() {
        let bytes = ReaderRequest(
            task: .follow, settings: JournalSettings(), daemon: 1, daemonStart: 2, position: "s=1"
        ).encoded()
        for count in bytes.indices {
            #expect(throws: WireError.self) { try ReaderRequest(decoding: Array(bytes[..<count])) }
        }
    }

    @Test func `a note comes back as it was`() throws {
        let note = ReaderNote(kind: .damagedFile, from: 1, to: 2, missing: 0, reason: "r", file: "f")
        let bytes = note.encoded()
        var reader = WireReader(bytes.span)
        #expect(try ReaderNote(decoding: &reader) == note)
    }

    @Test(arguments: 0..<300)
    func `bytes that were changed never end the daemon`(seed: Int) throws {
        var random = SeededGenerator(seed: seed)
        var frame = TestFrame()
        for number in 0..<20 {
            frame.add(
                UInt64(number), fields("MESSAGE=m\(number)", "PRIORITY=\(number % 9)", "_PID=1", "_TRANSPORT=kernel"))
        }
        var content = frame.content()
        for _ in 0..<Int.random(in: 1...8, using: &random) {
            content[Int.random(in: 0..<content.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        if Bool.random(using: &random) { content.removeLast(Int.random(in: 0..<content.count, using: &random)) }
        var mapper = EntryMapper(source: "journal", parameters: ["*"])
        // Either it is refused, or what it gives is whole events.
        _ = try? mapper.events(of: content)
    }

    @Test func `references past the table, huge lengths and fields without a name are refused`() {
        let head: [UInt8] = [1, 0, 0, 0] + [UInt8](repeating: 0, count: 48)
        for tokens: [UInt8] in [
            [4, 0], [2, 0xFF, 0xFF, 0xFF, 0x7F], [2, 2, 0x61, 0x62, 0], [2, 2, 0x3D, 0x62, 0], [3, 1], [0xFF],
            [UInt8](repeating: 0xFF, count: 12),
        ] {
            var mapper = EntryMapper(source: "journal", parameters: ["*"])
            #expect(throws: WireError.self) { try mapper.events(of: head + tokens) }
        }
    }

    @Test(arguments: 0..<50)
    func `what goes into frames comes out of them`(seed: Int) throws {
        var random = SeededGenerator(seed: seed)
        // Fields that live as long as the frame, so that addresses come again, as libsystemd's do.
        let pool = (0..<40).map { number -> [UInt8] in
            let count = Int.random(in: 0...6000, using: &random)
            return Array("F\(number % 11)=".utf8) + (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
        }
        var frame = TestFrame()
        var expected: [[[UInt8]]] = []
        for number in 0..<100 {
            var entry: [[UInt8]] = []
            var names: Set<[UInt8]> = []
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                let field = pool[Int.random(in: 0..<pool.count, using: &random)]
                if names.insert(Array(field.prefix { $0 != 0x3D })).inserted { entry.append(field) }
            }
            frame.add(UInt64(number), entry)
            expected.append(entry)
        }
        var mapper = EntryMapper(source: "journal", parameters: ["*"])
        for _ in 0..<2 {
            let events = try mapper.events(of: frame.content())
            let result = events.map { event in
                event.parameters.compactMap { parameter -> [UInt8]? in
                    guard case .text(let text) = parameter.value else { return nil }
                    return parameter.name.bytes + [0x3D] + text.bytes
                }
            }
            #expect(result == expected)
        }
    }

    @Test func `a frame goes back to a mark`() throws {
        var frame = TestFrame()
        let names = (0..<6).map { Array("X=value \($0)".utf8) }
        frame.add(0, [names[0], names[1]])
        let mark = frame.builder.mark
        frame.add(1, [names[2], names[3]])
        frame.builder.restore(mark)
        frame.add(2, [names[4]])
        frame.add(3, [names[2]])
        var mapper = EntryMapper(source: "journal", parameters: ["*"])
        let events = try mapper.events(of: frame.content())
        #expect(
            events.map { $0.text("X").map { String(decoding: $0, as: UTF8.self) } } == [
                "value 0", "value 4", "value 2",
            ])
        #expect(frame.builder.readCount == 3)
    }

    @Test func `memory that changed under the same address is noticed`() throws {
        var frame = TestFrame()
        let memory = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 3)
        defer { unsafe memory.deallocate() }
        for (number, letter) in [0x61, 0x62, 0x61, 0x62].enumerated() {
            _ = unsafe memory.update(fromContentsOf: [0x58, 0x3D, UInt8(letter)])
            frame.builder.beginEntry()
            unsafe frame.builder.add(memory.baseAddress!, 3)
            frame.finish(UInt64(number))
        }
        var mapper = EntryMapper(source: "journal", parameters: ["*"])
        #expect(try mapper.events(of: frame.content()).map { $0.text("X") } == [[0x61], [0x62], [0x61], [0x62]])
    }

    @Test func `what an entry that was left out defined is not referred to later`() throws {
        var settings = JournalSettings()
        settings.minimumPriority = 4
        var frame = TestFrame(settings)
        let shared = Array("SHARED=value".utf8)
        let other = Array("OTHER=value!".utf8)
        frame.add(0, [Array("PRIORITY=7".utf8), shared])
        frame.add(1, [Array("PRIORITY=3".utf8), other, shared])
        frame.add(2, [Array("PRIORITY=3".utf8), shared, other])
        var mapper = EntryMapper(source: "journal", parameters: ["*"])
        let events = try mapper.events(of: frame.content())
        #expect(events.count == 2)
        #expect(
            events.allSatisfy { $0.text("SHARED") == Array("value".utf8) && $0.text("OTHER") == Array("value!".utf8) })
    }

    @Test func `the fields of entries that cannot be placed are set aside with the batch that counts them`() throws {
        var session = ReaderSession(
            name: "journal", settings: JournalSettings(), rules: .empty, position: JournalPosition(parsing: ""))
        var frame = TestFrame()
        frame.add(1, fields("MESSAGE=good"))
        for _ in 0..<3 {
            frame.builder.beginEntry()
            frame.builder.rejectEntry()
        }
        var fields: [UInt8] = []
        fields.append(text: "MESSAGE=lost")
        fields.append(text: "_PID=1")
        var bytes: [UInt8] = []
        bytes.append(frame: Wire.Reply.rejected.rawValue, fields)
        bytes.append(frame: Wire.Reply.entries.rawValue, frame.content())
        var ends: [Int32] = [0, 0]
        #expect(unsafe pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        #expect(unsafe write(ends[1], bytes, bytes.count) == bytes.count)
        #expect(session.frames.fill(from: ends[0]) == bytes.count)
        guard case .nothing? = try session.nextStep(), case .batch(let batch)? = try session.nextStep() else {
            Issue.record("no batch came")
            return
        }
        #expect(batch.counts == SourceCounts(read: 4, accepted: 1, rejected: 3))
        #expect(session.setAside.map(\.content) == [.bytes(Array("MESSAGE=lost\n_PID=1\n".utf8)), .nothing])
        #expect(session.setAside.last?.reason.contains("2 entries") == true)
    }
}
