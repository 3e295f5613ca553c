import FoundationEssentials
import Glibc
import HTTPClient
import Model
import Settings

/// The HTTP API of a running daemon, asked over its control socket; no token is needed there.
final class ControlClient: Sendable {
    /// More than any answer has; a list of all databases is the largest.
    private static let largestAnswer = 256 << 20
    /// How long an answer may take that needs no work.
    static let patience = Duration.seconds(60)

    /// The socket's path.
    let socket: String
    private let client: HTTPClient

    private init(socket: String) throws {
        self.socket = socket
        client = try HTTPClient()
    }

    /// The daemon of a configuration; nil where none answers, be it that its socket is not there, that nobody listens on
    /// it, that somebody else may use it alone, or that the daemon is about to stop.
    /// - Throws: Only where the task was cancelled.
    static func reach(_ configuration: Configuration) async throws -> ControlClient? {
        guard let socket = configuration.controlSocket, access(socket, F_OK) == 0,
            let client = try? ControlClient(socket: socket)
        else { return nil }
        do {
            let answer = try await client.client.send(
                HTTPRequest(url: url("/healthz"), timeout: .seconds(5), unixSocket: socket), maximumBody: largestAnswer)
            if answer.status == 200 { return client }
        } catch {
            try Task.checkCancellation()
        }
        client.shutdown()
        return nil
    }

    /// Closes the connection. Later requests fail.
    func shutdown() { client.shutdown() }

    // MARK: Asking

    /// - Parameter path: With its query, percent-encoded.
    /// - Throws: What the daemon said; code `busy` where it is gone.
    func get<Answer: Decodable>(_ path: String, as type: Answer.Type) async throws -> Answer {
        let answer = try await send("GET", path, nil)
        return try Self.read(type, from: answer, of: "GET \(path)")
    }

    /// - Parameter patience: How long the answer may take; nil for as long as it takes.
    func post(
        _ path: String, _ body: some Encodable, patience: Duration? = ControlClient.patience
    ) async throws -> HTTPResponse {
        let bytes = Array(try JSONText.encoder.encode(body))
        return try await send("POST", path, bytes, patience: patience)
    }

    func delete(_ path: String) async throws {
        _ = try await send("DELETE", path, nil)
    }

    static func read<Answer: Decodable>(
        _ type: Answer.Type, from answer: HTTPResponse, of request: String
    ) throws -> Answer {
        do {
            return try JSONText.decoder.decode(type, from: JSONText.data(answer.body))
        } catch {
            throw NightjarError(
                .internal, "the daemon's answer to \(request) cannot be read",
                hint: "After an update the daemon has to be started again: systemctl restart nightjar", cause: error)
        }
    }

    private func send(
        _ method: String, _ path: String, _ body: [UInt8]?, patience: Duration? = ControlClient.patience
    ) async throws -> HTTPResponse {
        var request = HTTPRequest(
            method: method, url: Self.url(path), headers: HTTPHeaders([(name: "Accept", value: "application/json")]),
            timeout: patience, unixSocket: socket)
        // An answer that takes its time is no stalled one.
        request.stallTimeout = .seconds(30 * 86_400)
        if let body {
            request.headers.add("Content-Type", "application/json")
            request.body = .bytes(body)
        }
        let answer: HTTPResponse
        do {
            answer = try await client.send(request, maximumBody: Self.largestAnswer)
        } catch {
            try Task.checkCancellation()
            throw NightjarError(
                .busy, "the daemon does not answer on \(socket) any more: \(error.detail)",
                hint: "See what became of it with: systemctl status nightjar, nightjar status", isTransient: true,
                cause: error)
        }
        guard (200...299).contains(answer.status) else { throw ControlFailure.read(answer) }
        return answer
    }

    private static func url(_ path: String) -> String { "http://localhost\(path)" }
}
