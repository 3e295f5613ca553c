import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Ends a connection after the answer that says `Connection: close`, after the one that is owed when the server stops,
/// and after the one to a request whose body is too large: the framework would read it to its end.
final class ClosingHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let lingering: Lingering
    private let bodyLimit: Int
    /// Requests whose answers have not ended.
    private var owed = 0
    /// Answers up to the last one, the one under way among them; nil while no end is in sight.
    private var answersLeft: Int?
    /// Bytes so far of the body of the latest request.
    private var bodySize = 0

    /// - Parameter bodyLimit: bytes of a body; no more of it is read once its request is answered.
    init(_ lingering: Lingering, bodyLimit: Int) {
        self.lingering = lingering
        self.bodyLimit = bodyLimit
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        lingering.cancel()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !lingering.hasBegun else { return }
        switch unwrapInboundIn(data) {
        case .head:
            owed += 1
            bodySize = 0
        case .body(let part):
            bodySize += part.readableBytes
            guard bodySize > bodyLimit else { break }
            guard owed > 0 else { return lingering.begin(context, after: context.eventLoop.makeSucceededVoidFuture()) }
            // Passed on all the same: a route that reads it has to see that it is too large.
            answersLeft = min(answersLeft ?? owed, owed)
        case .end:
            break
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        lingering.readOn(context)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head):
            if head.headerFields[.connection]?.lowercased() == "close" { answersLeft = 1 }
            guard answersLeft == 1, head.status.kind != .informational else { break }
            head.headerFields[.connection] = "close"
            return context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body:
            break
        case .end:
            owed -= 1
            answersLeft = answersLeft.map { $0 - 1 }
            guard answersLeft == 0, !lingering.hasBegun else { break }
            let written = context.eventLoop.makePromise(of: Void.self)
            written.futureResult.cascade(to: promise)
            context.writeAndFlush(data, promise: written)
            return lingering.begin(context, after: written.futureResult)
        }
        context.write(data, promise: promise)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is ChannelShouldQuiesceEvent else { return context.fireUserInboundEventTriggered(event) }
        answersLeft = 1
        guard owed <= 0, !lingering.hasBegun else { return }
        let unsent = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        if unsent == 0 {
            context.close(promise: nil)
        } else {
            lingering.begin(context, after: context.eventLoop.makeSucceededVoidFuture())
        }
    }
}
