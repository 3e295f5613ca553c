import HTTPClient
import Model
import Pipeline

/// Posts JSON to one service, each request once, and tells what becomes of it as `RemoteError`.
struct ServiceConnection: Sendable {
    /// What came back, whatever its status.
    struct Answer: Sendable {
        let response: HTTPResponse
        let elapsed: Duration
    }

    /// For a whole request: the services end their statements after 30 s.
    static let timeout = Duration.seconds(60)
    /// What took no longer than this did not fail for its own size.
    static let quick = Duration.seconds(5)

    let client: HTTPClient
    let token: Secret?

    /// - Parameter most: bytes of the answer; more are `tooLarge`.
    /// - Throws: `RemoteError`, `CancellationError`.
    func post(
        _ body: String, to url: String, most: Int, timeout: Duration = ServiceConnection.timeout,
        _ cancellation: Cancellation
    ) throws -> Answer {
        var headers = HTTPHeaders([
            (name: "Content-Type", value: "application/json"), (name: "Accept", value: "application/json"),
            (name: "User-Agent", value: "nightjar/\(Tool.version)"),
        ])
        if let token { headers.add("Authorization", "Bearer \(token.value)") }
        let request = HTTPRequest(
            method: "POST", url: url, headers: headers, body: .bytes(Array(body.utf8)), timeout: timeout)
        let start = ContinuousClock.now
        do {
            let response = try BlockingRequest.send(request, by: client, maximumBody: most, cancellation)
            return Answer(response: response, elapsed: ContinuousClock.now - start)
        } catch let error as HTTPError {
            try cancellation.check()
            throw failure(error, after: ContinuousClock.now - start)
        }
    }

    /// An answer that is of no use, as an error.
    func malformed(_ error: JSONError) -> RemoteError {
        RemoteError(.malformed, "the answer is not what the service is known to write: \(error)")
    }

    /// On one line, of bounded length, and without the token: a service may say it back.
    func printable(_ text: String) -> String {
        var text = text
        if let secret = token?.value, !secret.isEmpty { text = text.replacing(secret, with: "<secret>") }
        return PrintableText.oneLine(text, limit: 300)
    }

    private func failure(_ error: HTTPError, after elapsed: Duration) -> RemoteError {
        let words = printable(error.detail)
        if error.reason == .bodyTooLarge { return RemoteError(.tooLarge, words) }
        if error.isCertificateProblem {
            return RemoteError(.unreachable, "its certificate is not trusted: \(words)", isLasting: true)
        }
        // A time-out that came early is one of connecting.
        if error.isTimeout && elapsed >= Self.timeout - Self.quick { return RemoteError(.tooSlow, words) }
        return RemoteError(.unreachable, words, isLasting: !error.isTransient)
    }
}
