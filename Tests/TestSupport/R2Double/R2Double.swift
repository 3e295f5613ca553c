import Synchronization

/// A strict double of Cloudflare R2's S3 interface on 127.0.0.1, with fault injection.
///
/// It checks every signature with its own code, enforces R2's rules for multipart uploads, and refuses what R2 does not
/// implement (https://developers.cloudflare.com/r2/api/s3/api/). Objects live in memory. One thread a connection.
///
///     try await withR2Double { double in
///         double.inject(.status(503, code: "SlowDown"), matching: .operation(.uploadPart), times: 2)
///         …
///         #expect(double.openUploads.isEmpty)
///     }
package final class R2Double: Sendable {
    /// 5 MiB, R2's least size of a part that is not the last.
    package static let realMinimumPartSize = 5 * 1024 * 1024

    package let bucket = "nightly"
    package let accessKeyID = "AKIDNIGHTJARDOUBLE"
    package let secretAccessKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYdouble"
    package let port: UInt16

    /// `http://127.0.0.1:PORT`; requests are path style.
    package var endpoint: String { "http://127.0.0.1:\(port)" }

    let state: Mutex<R2DoubleState>
    private let reservation: LoopbackPort

    private init(reservation: LoopbackPort, listener: Int32, minimumPartSize: Int) {
        self.reservation = reservation
        port = reservation.number
        state = Mutex(
            R2DoubleState(bucket: R2Bucket(name: "nightly", minimumPartSize: minimumPartSize), listener: listener))
    }

    /// Starts listening; `stop` must follow. Tests use `withR2Double`.
    static func start(minimumPartSize: Int) throws -> R2Double {
        let reservation = try LoopbackPort.reserve()
        let listener: Int32
        do {
            listener = try reservation.openListener()
        } catch {
            reservation.release()
            throw error
        }
        let double = R2Double(reservation: reservation, listener: listener, minimumPartSize: minimumPartSize)
        let thread = JoinableThread.start { double.acceptConnections(listener) }
        double.state.withLock { $0.threads.append(thread) }
        return double
    }

    /// Closes everything and waits until every thread has ended.
    func stop() async {
        await JoinableThread.run { self.stopAndJoin() }
    }

    private func stopAndJoin() {
        goAway()
        JoinableThread.joinAll {
            state.withLock { state in
                defer { state.threads = [] }
                return state.threads
            }
        }
        let waiters = state.withLock { $0.takeWaiters { _ in true } }
        for waiter in waiters { waiter.resume() }
        reservation.release()
    }
}

/// Runs `body` with a running double, and stops it and joins all its threads afterwards, also when `body` throws.
///
/// - Parameter minimumPartSize: bytes every part but the last must have at least; R2's 5 MiB make tests slow.
package func withR2Double<Value>(
    minimumPartSize: Int = R2Double.realMinimumPartSize,
    _ body: (R2Double) async throws -> Value
) async throws -> Value {
    let double = try R2Double.start(minimumPartSize: minimumPartSize)
    return try await withEnding({ await double.stop() }) { try await body(double) }
}
