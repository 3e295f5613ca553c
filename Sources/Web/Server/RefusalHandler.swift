import HTTPTypes
import NIOCore

/// Tells a client for which there is no room to come again, and closes the connection.
final class RefusalHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let text = PlainAnswer(
        .serviceUnavailable, "too many connections", hint: "Try again in a moment.", isLast: true
    ).text

    func channelActive(context: ChannelHandlerContext) {
        let written = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: Self.text)), promise: written)
        written.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
    }

    /// Whatever it wanted to ask.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}
}
