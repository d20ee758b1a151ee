internal import EventModel
internal import EventText
package import Settings

/// An API key of MAAS, and the header that shows it: OAuth 1.0 with the signature method PLAINTEXT (RFC 5849, 3.4.4).
package struct MAASKey: Equatable, Sendable {
    private let consumer: String
    private let token: String
    private let secret: Secret

    package init(consumer: String, token: String, secret: Secret) {
        self.consumer = consumer
        self.token = token
        self.secret = secret
    }

    /// Reads `consumer_key:token_key:token_secret`; `nil` for anything else.
    package init?(_ key: Secret) {
        let parts = key.reveal().split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count == 3, parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy { 0x21...0x7E ~= $0 } }) else {
            return nil
        }
        consumer = String(decoding: parts[0], as: UTF8.self)
        token = String(decoding: parts[1], as: UTF8.self)
        secret = Secret(Array(parts[2]))
    }

    /// `Authorization` for one request. The signature is the same for all; only the nonce makes a request its own.
    ///
    /// - Parameter time: of the region's clock; it refuses one more than 300 s old.
    func authorization(at time: Timestamp, nonce: UInt64) -> RemoteHeader {
        let signature = percentEncoded(Array("&".utf8) + secret.reveal())
        let fields = [
            ("oauth_nonce", String(nonce)), ("oauth_timestamp", String(time.seconds)), ("oauth_version", "1.0"),
            ("oauth_signature_method", "PLAINTEXT"), ("oauth_consumer_key", percentEncoded(consumer.utf8)),
            ("oauth_token", percentEncoded(token.utf8)), ("oauth_signature", signature),
        ]
        return RemoteHeader("Authorization", "OAuth " + fields.map { "\($0.0)=\"\($0.1)\"" }.joined(separator: ", "))
    }
}
