/// Why there is no connection to a receiver, in words for the operator.
struct ConnectionProblem: Error, Equatable, CustomStringConvertible {
    enum Kind: Equatable {
        /// Nobody answers, or the name is not known.
        case unreachable
        /// The handshake failed, or the certificate is not believed.
        case untrusted
        /// A file that the settings name cannot be used.
        case unusableFile
        /// There was a connection, and the receiver ended it.
        case ended
        /// There is a connection, and the receiver does not read.
        case stalled
    }

    let kind: Kind
    /// What failed and why, without a period at its end.
    let reason: String
    /// What to do, a sentence; empty where waiting is all.
    let remedy: String

    init(_ kind: Kind, _ reason: String, remedy: String = "") {
        self.kind = kind
        self.reason = reason
        self.remedy = remedy
    }

    var description: String { remedy.isEmpty ? reason : "\(reason). \(remedy)" }
}
