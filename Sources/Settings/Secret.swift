/// A password, key or token. It describes itself as `<redacted>`, so that no log shows it by accident.
package struct Secret: Equatable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Largest secret, in bytes.
    package static let maximumByteCount = 64 << 10

    private let bytes: [UInt8]

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The secret itself, for the peer that asks for it and nobody else.
    package func reveal() -> [UInt8] { bytes }

    /// Whether somebody shows this secret. How long that takes says nothing about the secret but whether it is empty.
    package func isEqual(to candidate: [UInt8]) -> Bool {
        guard !bytes.isEmpty else { return candidate.isEmpty }
        var difference = UInt(bitPattern: candidate.count ^ bytes.count)
        for index in candidate.indices { difference |= UInt(candidate[index] ^ bytes[index % bytes.count]) }
        return difference == 0
    }

    package var description: String { "<redacted>" }
    package var debugDescription: String { description }
    /// Without children, as `dump` would print them.
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
