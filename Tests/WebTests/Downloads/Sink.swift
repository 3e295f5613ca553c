import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import Synchronization

/// A client that takes what it is sent.
final class Sink: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var pieces = 0
        var largest = 0
        var isFinished = false
    }

    private struct Writer: ResponseBodyWriter {
        let sink: Sink

        @concurrent mutating func write(_ buffer: ByteBuffer) async throws {
            try sink.add(buffer)
        }

        @concurrent consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
            sink.state.withLock { $0.isFinished = true }
        }
    }

    private let state = Mutex(State())
    private let limit: Int

    /// - Parameter pieces: it takes so many, and then it is gone.
    init(failingAfter pieces: Int = .max) {
        limit = pieces
    }

    static func taking(_ response: Response) async throws -> Sink {
        let sink = Sink()
        try await sink.take(response)
        return sink
    }

    var bytes: [UInt8] { state.withLock { $0.bytes } }
    /// Bytes of the largest piece.
    var largest: Int { state.withLock { $0.largest } }
    var isFinished: Bool { state.withLock { $0.isFinished } }

    func take(_ response: Response) async throws {
        try await response.body.write(Writer(sink: self))
    }

    private func add(_ buffer: ByteBuffer) throws {
        try state.withLock { state in
            guard state.pieces < limit else { throw ChannelError.ioOnClosedChannel }
            state.pieces += 1
            state.largest = max(state.largest, buffer.readableBytes)
            state.bytes += buffer.readableBytesView
        }
    }
}
