import HTTPClient
import Model
import Pipeline
import Synchronization

/// libSQL's HTTP API (sqld, Turso): Hrana over HTTP, version 2.
///
/// A stream, held by the baton that each answer brings for the next request, keeps one read transaction. A baton counts
/// once: where an answer was lost on its way, the next request finds out whether the stream is lost, too.
package final class LibSQL: RemoteDatabase {
    package let service = RemoteService.libsql
    package let name: String
    /// The engine's limits are those of the others, for nothing is lost by that; sqld counts an answer's values alone.
    package let limits = RemoteLimits(
        statementBytes: 100_000, columns: 100, answerBytes: 10_000_000, idleTime: .seconds(10))

    private enum Stream: Sendable, Equatable {
        /// Each statement for itself.
        case idle
        case open(baton: String, url: String)
        case lost(String)
    }

    /// Of an answer's body, each value of which says its type.
    private static let mostBytes = 40_000_000
    /// Nobody needs the answer to a farewell.
    private static let farewell = Duration.seconds(5)

    private let connection: ServiceConnection
    private let url: String
    private let stream = Mutex(Stream.idle)

    /// - Parameters:
    ///   - url: without a slash at its end.
    ///   - token: nil for a server that asks for none.
    package init(url: String, token: Secret?, client: HTTPClient) {
        self.url = url
        name = RemoteDatabaseFactory.place(of: url)
        connection = ServiceConnection(client: client, token: token)
    }

    package func query(_ sql: String, _ cancellation: Cancellation) throws -> RemoteAnswer {
        let results: [HranaAnswer.Result]
        switch stream.withLock({ $0 }) {
        case .idle:
            results = try run([Self.execute(sql), Self.close], baton: nil, at: url, cancellation).results
        case .open(let baton, let url):
            results = try go(on: baton, at: url, sql, cancellation)
        case .lost(let reason):
            throw RemoteError(.stateLost, reason)
        }
        switch results.first {
        case .rows(let answer)?: return answer
        case .failed(let message)?: throw refusal(message)
        case .done?, nil: throw RemoteError(.malformed, "the answer holds no result")
        }
    }

    package func begin(_ cancellation: Cancellation) throws -> Bool {
        end()
        // The first look at the database is what freezes its state.
        let requests = [Self.execute("BEGIN READONLY"), Self.execute("SELECT count(*) FROM sqlite_schema")]
        let answer = try run(requests, baton: nil, at: url, cancellation)
        for result in answer.results {
            switch result {
            case .rows: continue
            case .failed(let message):
                leave(answer.baton, at: url)
                throw refusal(message)
            case .done: throw RemoteError(.malformed, "the answer holds no result")
            }
        }
        guard let baton = answer.baton else {
            throw RemoteError(.malformed, "the server opened no stream for a transaction")
        }
        let next = try address(answer.baseURL, after: url)
        stream.withLock { $0 = .open(baton: baton, url: next) }
        return true
    }

    /// SQLite refuses COMMIT where no transaction is open: then it ended at some time before, and with it the state.
    package func finish(_ cancellation: Cancellation) throws {
        let answer: HranaAnswer
        switch stream.withLock({ $0 }) {
        case .idle: throw RemoteError(.stateLost, "no transaction was begun")
        case .lost(let reason): throw RemoteError(.stateLost, reason)
        case .open(let baton, let url):
            do {
                answer = try run([Self.execute("COMMIT"), Self.close], baton: baton, at: url, cancellation)
            } catch let error as RemoteError where error.kind == .stateLost {
                throw lose(error.detail)
            }
        }
        switch answer.results.first {
        case .rows?: stream.withLock { $0 = .idle }
        case .failed(let message)?: throw lose(refusal(message).detail)
        case .done?, nil: throw lose("the server did not say that the transaction has lasted")
        }
    }

    package func end() {
        let last = stream.withLock { stream -> Stream in
            defer { stream = .idle }
            return stream
        }
        if case .open(let baton, let url) = last { leave(baton, at: url) }
    }

    package func keepAlive(_ cancellation: Cancellation) throws {
        guard stream.withLock({ $0 }) != .idle else { return }
        _ = try query("SELECT 1", cancellation)
    }

    // MARK: - The stream

    /// The next statement of the transaction.
    private func go(
        on baton: String, at url: String, _ sql: String, _ cancellation: Cancellation
    ) throws -> [HranaAnswer.Result] {
        let answer: HranaAnswer
        do {
            answer = try run([Self.execute(sql)], baton: baton, at: url, cancellation)
        } catch let error as RemoteError where error.kind == .stateLost {
            throw lose(error.detail)
        }
        if let next = answer.baton {
            let place = try address(answer.baseURL, after: url)
            stream.withLock { $0 = .open(baton: next, url: place) }
        } else {
            _ = lose("the server closed the stream")
        }
        if case .failed(let message)? = answer.results.first {
            // A statement that SQLite refused and an answer that was too large leave the transaction as it is. After
            // anything else nobody knows whether it is still the same one.
            let error = refusal(message)
            if error.kind != .statement && error.kind != .tooLarge { throw lose(error.detail) }
        }
        return answer.results
    }

    private func lose(_ reason: String) -> RemoteError {
        stream.withLock { $0 = .lost(reason) }
        return RemoteError(.stateLost, reason)
    }

    /// Closes a stream, as far as that is possible; it would end by itself some seconds later.
    private func leave(_ baton: String?, at url: String) {
        guard let baton else { return }
        _ = try? run([Self.close], baton: baton, at: url, timeout: Self.farewell, Cancellation())
    }

    /// Where the stream goes on. The token goes only to https, or to http on this machine where that is configured.
    private func address(_ baseURL: String?, after url: String) throws -> String {
        guard let baseURL else { return url }
        let isPlainAllowed = (try? TargetURL(self.url))?.scheme == .http
        guard let target = try? TargetURL(baseURL), !target.target.contains("?"),
            target.scheme == .https || (isPlainAllowed && HostAndPort.isLoopback(target.host))
        else {
            _ = lose("the server moved the stream")
            let place = connection.printable(RemoteDatabaseFactory.place(of: baseURL))
            throw RemoteError(.malformed, "the server moves the stream to \(place), which is not called: not https")
        }
        return target.text.hasSuffix("/") ? String(target.text.dropLast()) : target.text
    }

    // MARK: - Requests

    private static let close = #"{"type":"close"}"#

    private static func execute(_ sql: String) -> String {
        #"{"type":"execute","stmt":{"sql":\#(JSONText.quoted(sql)),"args":[],"want_rows":true}}"#
    }

    private func run(
        _ requests: [String], baton: String?, at url: String, timeout: Duration = ServiceConnection.timeout,
        _ cancellation: Cancellation
    ) throws -> HranaAnswer {
        let shown = baton.map { JSONText.quoted($0) } ?? "null"
        let body = #"{"baton":\#(shown),"requests":[\#(requests.joined(separator: ","))]}"#
        let answer = try connection.post(
            body, to: "\(url)/v2/pipeline", most: Self.mostBytes, timeout: timeout, cancellation)
        guard answer.response.status == 200 else {
            let error = connection.refusal(answer, unknown: .malformed)
            throw baton != nil && Self.tellsOfLoss(answer) ? RemoteError(.stateLost, error.detail) : error
        }
        do {
            return try HranaAnswer(answer.response.body, results: requests.count)
        } catch let error as JSONError {
            throw connection.malformed(error)
        }
    }

    /// Whether the stream of a baton is gone: expired, forgotten by a server that was started anew, or elsewhere.
    private static func tellsOfLoss(_ answer: ServiceConnection.Answer) -> Bool {
        guard [400, 404, 410].contains(answer.response.status) else { return false }
        let words = String(decoding: answer.response.body.prefix(1024), as: UTF8.self).lowercased()
        return ["stream_expired", "baton", "stream not found", "stream has expired"].contains { words.contains($0) }
    }

    /// An error of one statement; sqld tells of one that took too long by SQLite's own name for that.
    private func refusal(_ message: ServiceMessage) -> RemoteError {
        connection.refusal(message, after: .zero, unknown: .statement)
    }
}
