import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Ends a connection after the answer that says `Connection: close`, and after the one that is owed when the server
/// stops: our half first, so that the client gets all of it, and the rest when it had time to end its own
/// (RFC 9112, section 9.6).
final class ClosingHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let lingerTime: TimeAmount
    /// Requests whose answers have not ended.
    private var owed = 0
    /// Whether the answer under way, or else the next one, is the last.
    private var isLast = false
    private var isClosing = false
    private var linger: Scheduled<Void>?

    init(lingerTime: TimeAmount) {
        self.lingerTime = lingerTime
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        linger?.cancel()
        linger = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // Read and forgotten: bytes that nobody reads would make the kernel break the connection off.
        guard !isClosing else { return }
        if case .head = unwrapInboundIn(data) { owed += 1 }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head):
            if head.headerFields[.connection]?.lowercased() == "close" { isLast = true }
            guard isLast, head.status.kind != .informational else { break }
            head.headerFields[.connection] = "close"
            return context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body:
            break
        case .end:
            owed -= 1
            guard isLast, !isClosing else { break }
            let written = context.eventLoop.makePromise(of: Void.self)
            written.futureResult.cascade(to: promise)
            context.writeAndFlush(data, promise: written)
            return close(context, after: written.futureResult)
        }
        context.write(data, promise: promise)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is ChannelShouldQuiesceEvent else { return context.fireUserInboundEventTriggered(event) }
        isLast = true
        guard owed <= 0, !isClosing else { return }
        let unsent = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        if unsent == 0 {
            context.close(promise: nil)
        } else {
            close(context, after: context.eventLoop.makeSucceededVoidFuture())
        }
    }

    /// The kernel is told after all that was written before.
    private func close(_ context: ChannelHandlerContext, after written: EventLoopFuture<Void>) {
        isClosing = true
        written.assumeIsolated().whenComplete { _ in
            let closed = context.eventLoop.makePromise(of: Void.self)
            context.close(mode: .output, promise: closed)
            closed.futureResult.assumeIsolated().whenComplete { _ in
                self.linger = context.eventLoop.assumeIsolated().scheduleTask(in: self.lingerTime) {
                    context.close(promise: nil)
                }
            }
        }
    }
}
