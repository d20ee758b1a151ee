internal import Pipeline

extension SyslogConnection {
    /// The life of a sink's connections: which address is tried when. Decides; performs no I/O.
    ///
    /// The addresses are tried in their order, one after the other without a delay; when none could be reached, after
    /// a delay that grows. A connection counts as good once something was acknowledged on it: a receiver that takes
    /// connections and drops them is a failure like another.
    struct StateMachine {
        private enum State: Equatable {
            /// Nothing was tried yet. Next: `connecting`.
            case idle
            /// An attempt is under way. Next: `connected`, `connecting` to another address, `waiting`.
            case connecting(address: Int)
            /// Messages may be sent. Next: `connecting`, `waiting`.
            case connected(address: Int)
            /// Backing off. Next: `connecting`.
            case waiting
        }

        enum Action: Equatable {
            /// Connect to the address with this number.
            case connect(address: Int)
            /// Send to the address with this number.
            case deliver(address: Int)
            /// Wait, then say ``StateMachine/delayPassed()``.
            case wait(Duration)
            case none
        }

        /// Attempts in a row, of all addresses, after which nothing was acknowledged.
        private(set) var failures = 0

        private var state = State.idle
        private let addressCount: Int
        private let backoff: Backoff

        init(addressCount: Int, backoff: Backoff) {
            precondition(addressCount > 0)
            self.addressCount = addressCount
            self.backoff = backoff
        }

        mutating func started() -> Action {
            guard state == .idle else { return .none }
            return connect(to: 0)
        }

        mutating func connectSucceeded() -> Action {
            guard case .connecting(let address) = state else { return .none }
            state = .connected(address: address)
            return .deliver(address: address)
        }

        mutating func connectFailed(using random: inout some RandomNumberGenerator) -> Action {
            guard case .connecting(let address) = state else { return .none }
            return failed(at: address, using: &random)
        }

        /// Something of what was sent on this connection has arrived.
        mutating func acknowledged() {
            if case .connected = state { failures = 0 }
        }

        /// - Parameter wasUseful: whether anything was acknowledged since the connection was made.
        mutating func connectionEnded(wasUseful: Bool, using random: inout some RandomNumberGenerator) -> Action {
            guard case .connected(let address) = state else { return .none }
            guard wasUseful else { return failed(at: address, using: &random) }
            failures = 0
            // It was good a moment ago: the same one again at once, the others if that fails.
            return connect(to: address)
        }

        mutating func delayPassed() -> Action {
            guard state == .waiting else { return .none }
            return connect(to: 0)
        }

        /// The first address can be reached again.
        mutating func firstReturned() -> Action {
            guard case .connected(let address) = state, address > 0 else { return .none }
            return connect(to: 0)
        }

        private mutating func failed(at address: Int, using random: inout some RandomNumberGenerator) -> Action {
            failures += 1
            if address + 1 < addressCount { return connect(to: address + 1) }
            state = .waiting
            let rounds = (failures + addressCount - 1) / addressCount
            return .wait(backoff.delay(afterFailures: rounds, using: &random))
        }

        private mutating func connect(to address: Int) -> Action {
            state = .connecting(address: address)
            return .connect(address: address)
        }
    }
}
