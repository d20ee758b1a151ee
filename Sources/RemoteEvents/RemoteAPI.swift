package import EventModel

/// What one remote API knows: how to log in, how to ask for what follows a cursor, what an answer means.
///
/// A value that decides and performs no I/O. The poller asks ``next(now:)`` what to send, hands the answer to
/// ``received(_:now:into:)``, and makes the events that it collected durable together with ``cursor`` before it
/// asks again. A source with several streams (MAAS's levels, Iguazio's collections) takes them in turn in one round.
package protocol RemoteAPI: Sendable {
    /// What to send now, or that the round is over.
    ///
    /// After an answer that was not good, and after none at all, it is called again and gives what is to be tried
    /// then: usually the same request, made anew.
    mutating func next(now: Timestamp) -> RemoteStep

    /// Takes the answer to the last request, and appends the events in it to `page`.
    ///
    /// The page is used, whatever the verdict: it holds whole records only, and ``cursor`` counts them as read.
    mutating func received(_ answer: RemoteAnswer, now: Timestamp, into page: inout RemotePage) -> RemoteVerdict

    /// Where the source stands, after all that was received; at most ``EventModel/Cursor/maximumByteCount``.
    var cursor: Cursor { get }

    /// After a round of a probe (`tributary check --connect`): what was found, in a sentence without secrets, such as
    /// "logged in as 'tail', 2 streams, newest event of 2026-11-21T10:00:00Z".
    var finding: String { get }
}

/// What the poller does next.
package enum RemoteStep: Equatable, Sendable {
    /// Sends a request and waits for its answer.
    case send(RemoteRequest)
    /// Nothing more is there: waits for the poll interval.
    case wait
}

/// One HTTP request.
package struct RemoteRequest: Equatable, Sendable {
    package enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
    }

    package var method = Method.get
    /// The whole URL, percent-encoded.
    package var url: String
    /// Names and values; `User-Agent`, `Host` and `Content-Length` are the poller's. Values may be secret.
    package var headers: [RemoteHeader] = []
    package var body: [UInt8] = []
    /// What it asks for, for messages: "token", "events".
    package var purpose: String

    package init(
        _ method: Method = .get, url: String, headers: [RemoteHeader] = [], body: [UInt8] = [], purpose: String
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.purpose = purpose
    }
}

/// A field of an HTTP header.
package struct RemoteHeader: Equatable, Sendable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// What came of a request that reached the server.
package enum RemoteAnswer: Equatable, Sendable {
    /// A whole response, of any status but a redirection that could be followed.
    case response(RemoteResponse)
    /// The response was larger than `limit` bytes and was not read to its end: ask for less.
    case tooLarge(limit: Int)
}

/// One HTTP response.
package struct RemoteResponse: Equatable, Sendable {
    package let status: Int
    package let headers: [RemoteHeader]
    package let body: [UInt8]

    package init(status: Int, headers: [RemoteHeader] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first field of this name, whatever its case.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// The beginning of the body for a message: at most 300 bytes, without control characters.
    package var excerpt: String {
        let text = String(decoding: body.prefix(300), as: UTF8.self)
        return String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }
}

/// What an answer means.
package enum RemoteVerdict: Equatable, Sendable {
    /// It was good: make the page durable and ask ``RemoteAPI/next(now:)`` again at once.
    case proceed
    /// It does not show whether the server gives what is wanted, as with a login, or a page to be asked for in another
    /// way: ask ``RemoteAPI/next(now:)`` again at once, but failures in a row go on counting.
    case goOn
    /// It was not: try again after a delay that grows with the failures in a row.
    case retry(RemoteFailure)
}

/// Why a remote API does not give what it was asked for.
package struct RemoteFailure: Equatable, Sendable, CustomStringConvertible {
    package enum Kind: Equatable, Sendable {
        /// The key, password or token is refused. Tried again slowly, at least a minute apart: servers lock accounts.
        case credentials
        /// The account may not read events.
        case permission
        /// There is no such resource: a wrong URL.
        case address
        /// The server asks for patience: 429, 503.
        case throttled
        /// The server is in trouble, or the network.
        case server
        /// The answer is not what the API's documentation says.
        case unreadable
    }

    package let kind: Kind
    /// One sentence for the operator, without secrets: what failed, why, which setting governs it, what to do.
    package let reason: String

    package init(_ kind: Kind, _ reason: String) {
        self.kind = kind
        self.reason = reason
    }

    package var description: String { reason }
}
