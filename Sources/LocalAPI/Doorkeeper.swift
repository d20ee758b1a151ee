internal import EventModel
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Settings
internal import Synchronization

/// Decides whether a request over TCP is let in, and tells the log of those that are not.
final class Doorkeeper: Sendable {
    /// How long refusals are counted until the log hears of them again.
    private static let interval = TimeAmount.seconds(60)

    /// The header of a 401: what a request could show.
    static let challenge = (name: "www-authenticate", value: #"Bearer realm="tributary", Basic realm="tributary""#)

    private let token: Secret?
    private let logger: Logger
    private let tally = Mutex(RefusalTally())

    /// - Parameter token: what requests must show; `nil` where only certificates count.
    init(token: Secret?, logger: Logger) {
        self.token = token
        self.logger = logger
    }

    /// Whether one of the secrets is the token.
    func admits(_ credentials: Credentials) -> Bool {
        guard let token else { return false }
        // All of them are compared, so that the time does not say which one is right.
        return credentials.secrets.reduce(false) { token.isEqual(to: $1) || $0 }
    }

    /// Whether a password of a login is the token.
    func admits(_ login: IguazioSession.Login) -> Bool {
        token?.isEqual(to: login.password.bytes) ?? false
    }

    /// Counts a request that was not let in.
    func refused(_ address: Text) {
        guard let message = tally.withLock({ $0.refused(address.string) }) else { return }
        logger.warning("\(message)")
        schedule()
    }

    private func schedule() {
        MultiThreadedEventLoopGroup.singleton.next().scheduleTask(in: Self.interval) { [weak self] in
            guard let self, let message = tally.withLock({ $0.intervalEnded() }) else { return }
            logger.warning("\(message)")
            schedule()
        }
    }
}

/// Requests that were not let in: the first is told at once, those of the next minute in one message.
struct RefusalTally {
    /// Addresses that a message names; others are counted.
    private static let maximumAddressCount = 5

    private var isCounting = false
    private var count = 0
    private var addresses: [String] = []
    private var hasMoreAddresses = false

    /// - Returns: what the log is to say now. ``intervalEnded()`` is then due in a minute.
    mutating func refused(_ address: String) -> String? {
        guard isCounting else {
            isCounting = true
            return """
                A request to api.listen from \(address) was refused: it shows neither the token (api.token) nor a \
                certificate (api.tls.ca-file). Others are counted and told once a minute.
                """
        }
        count += 1
        if !addresses.contains(address) {
            if addresses.count < Self.maximumAddressCount { addresses.append(address) } else { hasMoreAddresses = true }
        }
        return nil
    }

    /// - Returns: what the log is to say, and the next minute begins; `nil` when there was nothing, and no minute does.
    mutating func intervalEnded() -> String? {
        defer { self = RefusalTally(isCounting: count > 0) }
        guard count > 0 else { return nil }
        let others = hasMoreAddresses ? " and others" : ""
        return """
            \(count) more requests to api.listen were refused within a minute, from \
            \(addresses.joined(separator: ", "))\(others).
            """
    }

    init() {}

    private init(isCounting: Bool) {
        self.isCounting = isCounting
    }
}
