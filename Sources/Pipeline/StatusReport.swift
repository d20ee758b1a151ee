/// What the daemon says of itself at a moment: the answer of `GET /v1/status`. Counts are those that are durable.
package struct StatusReport: Codable, Equatable, Sendable {
    /// Why a part cannot do its work for now.
    package struct Trouble: Codable, Equatable, Sendable {
        package var reason: String
        /// For how long, in seconds.
        package var seconds: Double

        package init(reason: String, seconds: Double) {
            self.reason = reason
            self.seconds = seconds
        }
    }

    /// A source's side of the ledger: read = accepted + filtered + quarantined.
    package struct Source: Codable, Equatable, Sendable {
        package var name: String
        /// As in the settings; `api` for events sent by hand, `internal` for Tributary's own, `retired` for one that
        /// the settings no longer have.
        package var type: String
        package var read: UInt64
        package var accepted: UInt64
        package var filtered: UInt64
        package var quarantined: UInt64
        /// Events that stand for no record: a gap, a damaged file.
        package var noted: UInt64
        /// Age of the event that was read last, in seconds; 0 when everything was read, absent when nothing was yet.
        package var lagSeconds: Double?
        package var retries: UInt64
        package var trouble: Trouble?

        package init(name: String, type: String, counts: SourceCounts) {
            self.name = name
            self.type = type
            read = counts.read
            accepted = counts.accepted
            filtered = counts.filtered
            quarantined = counts.rejected
            noted = counts.noted
            retries = 0
        }
    }

    /// A sink's side of the ledger: taken - first = delivered + filtered + quarantined + dropped + waiting.
    package struct Sink: Codable, Equatable, Sendable {
        package var name: String
        package var type: String
        /// Number of the event that the sink began with.
        package var first: UInt64
        package var delivered: UInt64
        package var filtered: UInt64
        package var quarantined: UInt64
        package var dropped: UInt64
        /// Events behind the sink's position.
        package var waiting: UInt64
        /// Where the sink is in the spool.
        package var position: Position
        /// Bytes of the spool behind the sink's position.
        package var backlogBytes: UInt64
        /// How long ago the oldest event that waits was accepted, in seconds; 0 when none waits.
        package var backlogSeconds: Double
        package var retries: UInt64
        package var trouble: Trouble?

        package init(
            name: String, type: String, first: UInt64, counts: SinkCounts, waiting: UInt64, position: Position
        ) {
            self.name = name
            self.type = type
            self.first = first
            delivered = counts.delivered
            filtered = counts.filtered
            quarantined = counts.quarantined
            dropped = counts.dropped
            self.waiting = waiting
            self.position = position
            backlogBytes = 0
            backlogSeconds = 0
            retries = 0
        }
    }

    /// A place in the spool.
    package struct Position: Codable, Equatable, Sendable {
        package var segment: UInt64
        package var offset: UInt32
        package var event: UInt32

        package init(_ position: SpoolPosition) {
            segment = position.segment
            offset = position.offset
            event = position.event
        }

        /// As the spool has it.
        package var position: SpoolPosition { SpoolPosition(segment: segment, offset: offset, event: event) }
    }

    /// The durable buffer.
    package struct Spool: Codable, Equatable, Sendable {
        package var directory: String
        /// Events taken over the spool's life.
        package var taken: UInt64
        /// Everything before it is durable.
        package var durable: Position
        package var bytes: UInt64
        package var maximumBytes: UInt64
        package var segments: UInt64
        /// Whether sources wait for room.
        package var isFull: Bool
        package var trouble: Trouble?

        package init(directory: String, taken: UInt64, durable: Position, bytes: UInt64, maximumBytes: UInt64) {
            self.directory = directory
            self.taken = taken
            self.durable = durable
            self.bytes = bytes
            self.maximumBytes = maximumBytes
            segments = 0
            isFull = false
        }
    }

    /// The daemon's process and the journal readers.
    package struct Process: Codable, Equatable, Sendable {
        package var version: String
        package var pid: Int
        package var uptimeSeconds: Double
        /// Since 1970, in seconds.
        package var startTime: Double
        /// Of the daemon, without its children.
        package var cpuSeconds: Double
        package var residentBytes: UInt64
        package var anonymousBytes: UInt64
        package var openFiles: UInt64

        package init(version: String, pid: Int) {
            self.version = version
            self.pid = pid
            uptimeSeconds = 0
            startTime = 0
            cpuSeconds = 0
            residentBytes = 0
            anonymousBytes = 0
            openFiles = 0
        }
    }

    /// Whether the counts agree with each other.
    package struct Ledger: Codable, Equatable, Sendable {
        package var holds: Bool
        /// What does not agree, a sentence each.
        package var differences: [String]

        package init(differences: [String]) {
            holds = differences.isEmpty
            self.differences = differences
        }
    }

    /// Parts that have made no progress for longer than they may, a sentence each; empty when all is well.
    package var complaints: [String]
    package var sources: [Source]
    package var sinks: [Sink]
    package var spool: Spool
    package var ledger: Ledger
    package var process: Process

    package init(
        complaints: [String], sources: [Source], sinks: [Sink], spool: Spool, ledger: Ledger, process: Process
    ) {
        self.complaints = complaints
        self.sources = sources
        self.sinks = sinks
        self.spool = spool
        self.ledger = ledger
        self.process = process
    }
}
