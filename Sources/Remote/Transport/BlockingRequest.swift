import HTTPClient
import Pipeline

/// The way from threads that block to the client, which is asynchronous.
enum BlockingRequest {
    /// Sends a request once, and waits on the calling thread.
    /// - Throws: `HTTPError`; `CancellationError` as soon as the cancellation asks for it.
    static func send(
        _ request: HTTPRequest, by client: HTTPClient, maximumBody: Int, _ cancellation: Cancellation
    ) throws -> HTTPResponse {
        try cancellation.check()
        let answers = BoundedQueue<Result<HTTPResponse, HTTPError>>(capacity: 1)
        let task = Task {
            let answer: Result<HTTPResponse, HTTPError>
            do throws(HTTPError) {
                answer = .success(try await client.send(request, maximumBody: maximumBody))
            } catch {
                answer = .failure(error)
            }
            // There is room, for nothing else is sent; it fails where nobody waits any more.
            try? answers.send(answer)
        }
        defer { task.cancel() }
        let stop: @Sendable () -> Void = {
            task.cancel()
            answers.fail(CancellationError())
        }
        let answer = try cancellation.withHandler(stop) { try answers.receive() }
        // The queue is never finished: without an answer there is an error.
        guard let answer else { throw CancellationError() }
        return try answer.get()
    }
}
