import Dump
import HTTPClient
import Model

/// What answers that are not the wanted ones mean.
extension ServiceConnection {
    /// An answer that says no by its status.
    /// - Parameters:
    ///   - codes: what the service's own numbers for errors mean.
    ///   - unknown: what it is where neither the status nor the words are known.
    func refusal(
        _ answer: Answer, codes: [String: RemoteError.Kind] = [:], unknown: RemoteError.Kind
    ) -> RemoteError {
        let status = answer.response.status
        let message = ServiceMessage(body: answer.response.body)
        var kind = Self.certainKind(status)
        if kind == nil, let code = message?.code { kind = codes[code] }
        if kind == nil { kind = message?.kind(after: answer.elapsed) }
        if kind == nil { kind = Self.likelyKind(status, after: answer.elapsed) }
        var words = "it answered \(status)"
        if let message { words += ": \(message.line)" }
        if (300..<400).contains(status) {
            words = "it answered \(status), a redirect, which is not followed: write the address itself"
        }
        return RemoteError(
            kind ?? unknown, printable(words),
            retryAfter: RetryAfter.seconds(answer.response.headers["retry-after"], now: .now),
            isLasting: (300..<400).contains(status))
    }

    /// An error that stands in an answer.
    func refusal(_ message: ServiceMessage, after elapsed: Duration, unknown: RemoteError.Kind) -> RemoteError {
        RemoteError(message.kind(after: elapsed) ?? unknown, printable(message.line))
    }

    /// What a status means, whatever the words beside it.
    private static func certainKind(_ status: Int) -> RemoteError.Kind? {
        switch status {
        case 300..<400: .unreachable
        case 401, 403: .unauthorized
        case 413: .tooLarge
        case 429: .busy
        default: nil
        }
    }

    /// What a status means where there are no words that are known.
    private static func likelyKind(_ status: Int, after elapsed: Duration) -> RemoteError.Kind? {
        switch status {
        case 503: .busy
        // The last is Cloudflare's, of an origin that did not answer in time.
        case 408, 504, 524: elapsed < quick ? .unreachable : .tooSlow
        case 500..<600: .unreachable
        case 404, 405, 410, 415: .malformed
        default: nil
        }
    }
}

extension ServiceMessage {
    private struct Phrase {
        let kind: RemoteError.Kind
        let words: [String]
    }

    /// The first line that fits counts. Of SQLite, https://sqlite.org/rescode.html; of Cloudflare,
    /// https://developers.cloudflare.com/d1/observability/debug-d1/ and the pages on Durable Objects; of sqld, its
    /// sources.
    private static let phrases = [
        Phrase(kind: .statement, words: ["no such table", "no such column", "no such function", "statement too long"]),
        Phrase(kind: .busy, words: ["sqlite_busy", "sqlite_locked", "database is locked", "database table is locked"]),
        Phrase(
            kind: .tooLarge,
            words: [
                "sqlite_toobig", "string or blob too big", "sqlite_nomem", "out of memory", "response_too_large",
                "response is too large", "limited to 32mib", "exceeded its memory limit", "exceeded memory limit",
            ]),
        Phrase(kind: .tooSlow, words: ["sqlite_interrupt", "exceeded cpu", "cpu time limit", "error code: 1102"]),
        Phrase(
            kind: .statement,
            words: [
                "sqlite_", "syntax error", "not authorized", "prohibited", "sql_input_error", "sql_parse_error",
                "sql string could not be parsed",
            ]),
        // StarbaseDB's of a token that is not the administrator's, where it has a list of statements.
        Phrase(kind: .unauthorized, words: ["unauthorized", "query not allowed", "authentication error"]),
        Phrase(kind: .busy, words: ["overloaded", "queued for too long", "too many requests", "rate limit"]),
        Phrase(
            kind: .unreachable,
            words: [
                "network connection lost", "code was updated", "internal error", "cannot resolve d1",
                "while starting up",
            ]),
    ]

    private static let timeouts = ["timeout", "timed out", "timed-out", "time limit"]

    /// nil where its words are not known.
    func kind(after elapsed: Duration) -> RemoteError.Kind? {
        let words = line.lowercased()
        if let phrase = Self.phrases.first(where: { phrase in phrase.words.contains { words.contains($0) } }) {
            return phrase.kind
        }
        guard Self.timeouts.contains(where: { words.contains($0) }) else { return nil }
        // A time-out at once is one of the service's own.
        return elapsed < ServiceConnection.quick ? .unreachable : .tooSlow
    }
}
