internal import EventModel
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// Looks at a server's certificate once more after it was not accepted, to say why: the TLS library only says that.
///
/// It ends the handshake at the certificate: nothing of ours goes over that connection.
struct CertificateProbe {
    private struct Seen: Error {}

    private let url: RemoteURL
    private let timeout: Duration

    init(_ url: RemoteURL, timeout: Duration) {
        self.url = url
        self.timeout = timeout
    }

    /// When the certificate begins and ends to be valid; `nil` when none was shown.
    func validity() async -> ClosedRange<Timestamp>? {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .noHostnameVerification
        guard let context = try? NIOSSLContext(configuration: configuration) else { return nil }
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let result = loop.makePromise(of: ClosedRange<Timestamp>?.self)
        let name = isAddress ? nil : url.host
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(.nanoseconds(Int64(timeout / .nanoseconds(1))))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let verify: NIOSSLCustomVerificationCallback = { chain, verdict in
                        result.succeed(chain.first.flatMap(Self.validity(of:)))
                        verdict.fail(Seen())
                    }
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLClientHandler(
                            context: context, serverHostname: name, customVerificationCallback: verify))
                }
            }
        let connection = bootstrap.connect(host: url.host, port: url.port)
        connection.whenFailure { _ in result.succeed(nil) }
        connection.whenSuccess { channel in
            channel.closeFuture.whenComplete { _ in result.succeed(nil) }
            _ = channel.eventLoop.scheduleTask(in: .nanoseconds(Int64(timeout / .nanoseconds(1)))) {
                channel.close(promise: nil)
            }
        }
        return (try? await result.futureResult.get()) ?? nil
    }

    private var isAddress: Bool { (try? SocketAddress(ipAddress: url.host, port: 0)) != nil }

    private static func validity(of certificate: NIOSSLCertificate) -> ClosedRange<Timestamp>? {
        let start = Timestamp(microseconds: Int64(certificate.notValidBefore) * 1_000_000)
        let end = Timestamp(microseconds: Int64(certificate.notValidAfter) * 1_000_000)
        return start <= end ? start...end : nil
    }
}
