/// The head of an answer, and its body as it arrives: at most about 1 MiB waits here, then the server has to wait.
///
/// For one reader. A body that ends short of its Content-Length throws. Dropping the stream ends the transfer.
package struct HTTPBodyStream: AsyncSequence, Sendable {
    package typealias Element = [UInt8]

    package let head: HTTPResponseHead
    private let handle: Handle

    init(head: HTTPResponseHead, transfer: Transfer, client: HTTPClient, engine: CurlEngine) {
        self.head = head
        handle = Handle(transfer: transfer, client: client, engine: engine)
    }

    /// The next bytes, never none of them; nil once the body is complete.
    package func read() async throws(HTTPError) -> [UInt8]? {
        let transfer = handle.transfer
        let engine = handle.engine
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Transfer.ChunkResult, Never>) in
                if transfer.waitForChunk(continuation) { engine.resume(transfer) }
            }
        } onCancel: {
            engine.cancel(transfer)
        }
        return try result.get()
    }

    package func makeAsyncIterator() -> Iterator {
        Iterator(stream: self)
    }

    package struct Iterator: AsyncIteratorProtocol {
        let stream: HTTPBodyStream

        package mutating func next() async throws -> [UInt8]? {
            try await stream.read()
        }
    }

    /// Ends the transfer with the last copy of the stream, and keeps the client until then.
    private final class Handle: Sendable {
        let transfer: Transfer
        let client: HTTPClient
        let engine: CurlEngine

        init(transfer: Transfer, client: HTTPClient, engine: CurlEngine) {
            self.transfer = transfer
            self.client = client
            self.engine = engine
        }

        deinit {
            engine.cancel(transfer)
        }
    }
}
