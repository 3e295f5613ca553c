/// HTTP over libcurl: one thread owns all transfers and keeps connections for later requests.
///
/// ```swift
/// let client = try HTTPClient()
/// let answer = try await client.send(HTTPRequest(url: "https://example.org/"), maximumBody: 1 << 20)
/// ```
///
/// Cancelling the task that waits removes the transfer at once. See https://curl.se/libcurl/c/libcurl-multi.html.
package final class HTTPClient: Sendable {
    private let engine: CurlEngine

    /// - Parameter caBundle: a PEM file of certificate authorities in place of the system's.
    /// - Throws: `HTTPError` with reason `stopped` when libcurl or its thread cannot be started.
    package init(caBundle: String? = nil) throws(HTTPError) {
        engine = try CurlEngine(caBundle: caBundle)
    }

    deinit {
        engine.stop()
    }

    /// Sends a request and collects its answer, of at most `maximumBody` bytes.
    package func send(_ request: HTTPRequest, maximumBody: Int) async throws(HTTPError) -> HTTPResponse {
        let stream = try await open(request)
        var body: [UInt8] = []
        while let chunk = try await stream.read() {
            guard body.count + chunk.count <= maximumBody else {
                throw HTTPError(
                    .bodyTooLarge, operation: request.method, host: request.destination,
                    detail: "the answer is larger than \(maximumBody) bytes")
            }
            body += chunk
        }
        return HTTPResponse(status: stream.head.status, headers: stream.head.headers, body: body)
    }

    /// Sends a request and returns as soon as the head of the answer is there; the body follows through the stream.
    package func open(_ request: HTTPRequest) async throws(HTTPError) -> HTTPBodyStream {
        if let complaint = request.complaint {
            throw HTTPError(.invalidRequest, operation: request.method, host: request.destination, detail: complaint)
        }
        let transfer = Transfer(request)
        let engine = self.engine
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Transfer.HeadResult, Never>) in
                transfer.waitForHead(continuation)
                engine.start(transfer)
            }
        } onCancel: {
            engine.cancel(transfer)
        }
        let head = try result.get()
        return HTTPBodyStream(head: head, transfer: transfer, client: self, engine: engine)
    }

    /// Ends every transfer, closes the connections and waits for the thread. Later requests fail.
    package func shutdown() {
        engine.stop()
    }
}
