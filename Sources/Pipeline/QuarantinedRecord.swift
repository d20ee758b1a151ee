/// A record that could not be decoded or delivered, on its way into the quarantine (G7).
package struct QuarantinedRecord: Equatable, Sendable {
    /// Who set it aside.
    package enum Part: Hashable, Sendable {
        /// The source of this name, which could not decode it.
        case source(String)
        /// The sink of this name, which could not deliver it.
        case sink(String)

        /// `source` or `sink`.
        package var word: String {
            switch self {
            case .source: "source"
            case .sink: "sink"
            }
        }

        package var name: String {
            switch self {
            case .source(let name), .sink(let name): name
            }
        }
    }

    /// Why, in a word that does not grow with the records.
    package enum Cause: String, CaseIterable, Sendable {
        /// Its bytes are no record of its system.
        case undecodable
        /// The system it is from cannot give it.
        case unreadable
        /// It is larger than the sink may send.
        case tooLarge = "too-large"
        /// The network or the receiver does not take it.
        case refused
        /// It has decayed in the spool.
        case damaged
        /// An operator stepped over it.
        case skipped
    }

    /// What is left of it.
    package enum Content: Equatable, Sendable {
        /// The event, in canonical JSON.
        case event(json: [UInt8])
        /// The bytes as they came.
        case bytes([UInt8])
        /// Nobody has its bytes.
        case nothing
    }

    /// Bytes of a record that are worth keeping: more are cut off.
    package static let maximumByteCount = 1 << 20

    package let part: Part
    package let cause: Cause
    /// One sentence for the operator.
    package let reason: String
    package let content: Content

    package init(part: Part, cause: Cause, reason: String, content: Content) {
        self.part = part
        self.cause = cause
        self.reason = reason
        self.content = content
    }
}

/// Keeps records that were set aside.
package protocol RecordQuarantine: Sendable {
    /// Makes records durable; a position or cursor moves past them only then. Blocks.
    ///
    /// What cannot be kept holds nothing up: it is counted, and the log says so once.
    /// - Returns: the number of the first record; `nil` when they could not be kept.
    @discardableResult
    func keep(_ records: [QuarantinedRecord]) -> UInt64?
}
