import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Says what is wrong with a request that could not be read: the framework answers each with a bare 400.
final class UnreadableRequestHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private var error: HTTPParserError?
    private var body: ByteBuffer?

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? HTTPParserError { self.error = error }
        context.fireErrorCaught(error)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head) where head.status == .badRequest && head.headerFields[.contentLength] == "0":
            let answer = Self.answer(error)
            body = answer.body
            context.write(wrapOutboundOut(.head(answer.head)), promise: promise)
        case .end:
            if let body { context.write(wrapOutboundOut(.body(body)), promise: nil) }
            body = nil
            context.write(data, promise: promise)
        default:
            context.write(data, promise: promise)
        }
    }

    private static func answer(_ error: HTTPParserError?) -> PlainAnswer {
        switch error {
        case .headerOverflow?:
            PlainAnswer(
                .requestHeaderFieldsTooLarge, "the request's header fields, or its path, are too large", isLast: true)
        case .invalidVersion?:
            PlainAnswer(.httpVersionNotSupported, "only HTTP/1.1 is spoken here", isLast: true)
        default:
            PlainAnswer(.badRequest, "the request cannot be read", isLast: true)
        }
    }
}
