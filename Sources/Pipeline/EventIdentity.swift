internal import Crypto
package import EventModel

/// Makes the ids of one source's events (G5): the first 128 bits of the SHA-256 digest of the source's name, a
/// zero byte, and the record's native identity.
package struct EventIdentity: Sendable {
    private let prefix: SHA256

    /// - Parameter source: the configured name; it holds no zero byte.
    package init(source: String) {
        var hash = SHA256()
        hash.update(data: Array(source.utf8) + [0])
        prefix = hash
    }

    /// The id of the record with this identity.
    package func id(of native: Span<UInt8>) -> EventID {
        var hash = prefix
        unsafe native.withUnsafeBytes { bytes in unsafe hash.update(bufferPointer: bytes) }
        return unsafe hash.finalize().withUnsafeBytes { digest in
            // A SHA-256 digest has 32 bytes.
            unsafe EventID(
                high: UInt64(bigEndian: digest.loadUnaligned(as: UInt64.self)),
                low: UInt64(bigEndian: digest.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        }
    }
}
