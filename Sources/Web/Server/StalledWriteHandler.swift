import Glibc
import NIOCore

/// Closes a connection whose client has taken nothing of its answer for too long. One that takes a little goes on.
final class StalledWriteHandler: ChannelOutboundHandler {
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    private let limit: TimeAmount
    /// Bytes that were handed on, ever.
    private var written = 0
    /// Of those the bytes that the client has, as of the last look.
    private var taken = 0
    private var progressedAt = NIODeadline.uptimeNanoseconds(0)
    private var timer: Scheduled<Void>?

    init(limit: TimeAmount) {
        self.limit = limit
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        written += unwrapOutboundIn(data).readableBytes
        context.write(data, promise: promise)
        guard timer == nil else { return }
        progressedAt = .now()
        look(context, in: pause)
    }

    /// Between two looks: a fourth of the time.
    private var pause: TimeAmount { .nanoseconds(limit.nanoseconds / 4 + 1) }

    private func look(_ context: ChannelHandlerContext, in time: TimeAmount) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: time) { self.look(context) }
    }

    private func look(_ context: ChannelHandlerContext) {
        timer = nil
        let buffered = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        // What the kernel alone still has is sent, or not, without us.
        guard buffered > 0 else { return }
        let taken = written - buffered - Self.unacknowledged(context)
        let now = NIODeadline.now()
        if taken != self.taken {
            self.taken = taken
            progressedAt = now
        }
        let left = progressedAt + limit - now
        guard left > .zero else { return context.close(promise: nil) }
        look(context, in: min(left, pause))
    }

    /// Bytes that the kernel has and the client has not: tcp(7), `SIOCOUTQ`.
    private static func unacknowledged(_ context: ChannelHandlerContext) -> Int {
        let operations = context.pipeline.syncOperations
        let count = try? operations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { socket -> Int in
            var bytes: CInt = 0
            return ioctl(socket, UInt(TIOCOUTQ), &bytes) == 0 ? Int(bytes) : 0
        }
        return count ?? 0
    }
}
