import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import TestSupport

/// A syslog receiver over TLS in this process.
final class TLSReceiver: Sendable {
    private let channel: any Channel

    /// - Parameters:
    ///   - pair: what it shows.
    ///   - clientAuthority: who must have signed the sender's certificate; `nil` asks for none.
    ///   - version: the only one that it speaks.
    init(
        _ pair: TestCertificates.Pair, clientAuthority: String? = nil, version: TLSVersion = .tlsv13
    ) async throws {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(pair.certificate).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: pair.key, format: .pem)))
        configuration.minimumTLSVersion = version
        configuration.maximumTLSVersion = version
        if let clientAuthority {
            configuration.trustRoots = .file(clientAuthority)
            configuration.certificateVerification = .noHostnameVerification
        }
        let context = try NIOSSLContext(configuration: configuration)
        let box = Messages()
        messagesBox = box
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    try channel.pipeline.syncOperations.addHandler(FrameReceiver(box))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    private let messagesBox: Messages

    var port: Int { channel.localAddress?.port ?? 0 }
    var messages: [[UInt8]] { messagesBox.all }
    var messageCount: Int { messagesBox.count }

    func stop() { channel.close(promise: nil) }
}

private final class Messages: Sendable {
    private let messages = Mutex([[UInt8]]())

    var all: [[UInt8]] { messages.withLock { $0 } }
    var count: Int { messages.withLock { $0.count } }

    func append(_ more: [[UInt8]]) { messages.withLock { $0 += more } }
}

private final class FrameReceiver: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let messages: Messages
    private var counter = FrameCounter()

    init(_ messages: Messages) {
        self.messages = messages
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        messages.append(counter.take(Array(unwrapInboundIn(data).readableBytesView)[...]))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
