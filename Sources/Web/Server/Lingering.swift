import NIOCore

/// The end of a connection that lets the client get all that was sent: our half first, and the rest when it had time to
/// end its own (RFC 9112, section 9.6). What it sends until then is read and thrown away: bytes that nobody reads would
/// make the kernel break the connection off.
///
/// Belongs to one handler, which throws away what it is given from `begin` on.
final class Lingering {
    /// Of up to 4 KiB each, see `Listener`: a mebibyte.
    private static let reads = 256

    private let time: TimeAmount
    private var readsLeft = Lingering.reads
    private var timer: Scheduled<Void>?
    private(set) var hasBegun = false

    /// - Parameter time: how long the client may take to end its half.
    init(time: TimeAmount) {
        self.time = time
    }

    /// The kernel is told after all that was written before.
    func begin(_ context: ChannelHandlerContext, after written: EventLoopFuture<Void>) {
        hasBegun = true
        written.assumeIsolated().whenComplete { _ in
            let closed = context.eventLoop.makePromise(of: Void.self)
            context.close(mode: .output, promise: closed)
            closed.futureResult.assumeIsolated().whenComplete { _ in
                self.timer = context.eventLoop.assumeIsolated().scheduleTask(in: self.time) {
                    context.close(promise: nil)
                }
            }
        }
        context.read()
    }

    /// Called after each read. What stands behind the handler may have stopped reading: nobody takes anything there.
    func readOn(_ context: ChannelHandlerContext) {
        guard hasBegun else { return }
        readsLeft -= 1
        if readsLeft > 0 { context.read() } else { context.close(promise: nil) }
    }

    /// Called when the handler is removed.
    func cancel() {
        timer?.cancel()
        timer = nil
    }
}
