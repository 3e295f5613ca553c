import HTTPTypes
import NIOCore

/// Tells a client for which there is no room to come again, and closes the connection.
final class RefusalHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let text = PlainAnswer(
        .serviceUnavailable, "too many connections", hint: "Try again in a moment.", isLast: true
    ).text

    private let lingering: Lingering?

    /// - Parameter lingering: nil where the connection is closed at once: the answer may be lost then.
    init(_ lingering: Lingering?) {
        self.lingering = lingering
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        lingering?.cancel()
    }

    func channelActive(context: ChannelHandlerContext) {
        let written = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: Self.text)), promise: written)
        if let lingering {
            lingering.begin(context, after: written.futureResult)
        } else {
            written.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
        }
    }

    /// Whatever it wanted to ask.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

    func channelReadComplete(context: ChannelHandlerContext) {
        lingering?.readOn(context)
    }
}
