import NIOCore
import NIOHTTP1

/// Says in a request's `Connection` field, in one word that all after it understand, that it is the connection's last:
/// HTTP/1.0 says it by saying nothing (RFC 9112, section 9.3), after an upgrade the parser reads no more, and what
/// comes after a request with a wrong number of `Host` fields is not to be trusted.
///
/// A request of HTTP/1.0 may leave `Host` out, and gets an empty one: `RequestCheck` refuses those that have none.
final class RequestPersistence: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    /// Puts it where requests still have their version.
    static func add(to channel: any Channel) throws {
        let operations = channel.pipeline.syncOperations
        let parser = try operations.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
        try operations.addHandler(
            RequestPersistence(), position: ChannelPipeline.SynchronousOperations.Position.after(parser))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        if head.version == .http1_0, !head.headers.contains(name: "host") { head.headers.add(name: "host", value: "") }
        if !head.isKeepAlive || head.method == .CONNECT || head.headers.contains(name: "upgrade")
            || head.headers["host"].count != 1
        {
            head.headers.replaceOrAdd(name: "connection", value: "close")
        }
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }
}
