import EventModel
import Glibc
import Normalization
import Pipeline
import Platform

@testable import Journal

/// What a journal reader writes: frames are taken, or refused as a whole, and what they give is whole events.
struct JournalTarget: FuzzTarget {
    /// The two ends of a pipe, which holds 64 KiB.
    private static let pipe: [Int32] = {
        var ends: [Int32] = [0, 0]
        guard unsafe Glibc.pipe(&ends) == 0 else { fatalError(systemMessage(errno)) }
        return ends
    }()

    private let rules = shippedRules

    func run(_ bytes: [UInt8]) {
        guard let request = try? ReaderRequest(decoding: bytes) else { return frames(bytes) }
        require((try? ReaderRequest(decoding: request.encoded())) == request, "a request is another one afterwards")
    }

    private func frames(_ bytes: [UInt8]) {
        var session = ReaderSession(
            name: "journal", settings: JournalSettings(), rules: rules, position: JournalPosition())
        // What comes in two pieces is the same.
        let middle = Int(bytes.first ?? 0) * bytes.count / 256
        for piece in [bytes[..<middle], bytes[middle...]] where !piece.isEmpty {
            let piece = Array(piece)
            guard unsafe write(Self.pipe[1], piece, piece.count) == piece.count else {
                fatalError(systemMessage(errno))
            }
            require(session.frames.fill(from: Self.pipe[0]) == piece.count, "not all bytes were taken")
            do {
                while let step = try session.nextStep() { check(step) }
            } catch { return }
        }
    }

    private func check(_ step: ReaderSession.Step) {
        switch step {
        case .batch(let batch), .caughtUp(let batch?):
            var reader = BatchReader(batch.payload)
            var count: UInt64 = 0
            do {
                while try reader.next() {
                    count += 1
                    requireRoundTrip(reader.event())
                }
            } catch { require(false, "the batch does not read back: \(error)") }
            require(count == batch.counts.accepted + batch.counts.noted, "\(count) events in \(batch.counts)")
        case .nothing, .greeting, .caughtUp(nil), .state: break
        }
    }

    var seeds: [[UInt8]] {
        var builder = FrameBuilder(
            filter: JournalFilter(JournalSettings(), own: nil, currentBoot: ""), parameters: ["*"],
            maximumField: 1 << 16)
        for number in 0..<4 as Range<UInt64> {
            builder.beginEntry()
            for text in [
                "MESSAGE=Accepted publickey for a from 192.0.2.\(number) port 1 ssh2", "PRIORITY=\(number)",
                "SYSLOG_IDENTIFIER=sshd", "_PID=1", "_SOURCE_REALTIME_TIMESTAMP=1700000000000000",
            ] {
                let field = Array(text.utf8)
                unsafe field.withUnsafeBufferPointer { unsafe builder.add($0.baseAddress!, $0.count) }
            }
            builder.finishEntry(sequence: JournalCursor.ID(high: 1, low: 2), number: number, realtime: 1 << 50)
        }
        var stream: [UInt8] = []
        stream.append(frame: Wire.Reply.hello.rawValue, [Wire.version])
        let note = ReaderNote(kind: .damagedFile, from: 1, to: 2, missing: 0, reason: "r", file: "f")
        stream.append(frame: Wire.Reply.note.rawValue, note.encoded())
        stream.append(
            frame: Wire.Reply.entries.rawValue,
            unsafe builder.head(cursor: "s=1;i=2") + builder.withEntries { unsafe Array($0) })
        stream.append(frame: Wire.Reply.caughtUp.rawValue)
        let request = ReaderRequest(
            task: .once, settings: JournalSettings(), ruleFields: ["_EXE"], leftOut: ["/c"], daemon: 77, daemonStart: 9,
            position: "s=1")
        return [stream, request.encoded()]
    }
}
