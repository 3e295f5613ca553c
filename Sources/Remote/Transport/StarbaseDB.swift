import HTTPClient
import Model
import Pipeline

/// StarbaseDB's HTTP API: `POST /query/raw`, one statement a request.
///
/// See https://github.com/outerbase/starbasedb. It offers no snapshot, and its transactions are none.
package final class StarbaseDB: RemoteDatabase {
    package let service = RemoteService.starbasedb
    package let name: String
    package let limits = RemoteLimits.durableObject
    private let connection: ServiceConnection
    private let url: String

    /// - Parameter url: without a slash at its end.
    package init(url: String, token: Secret?, client: HTTPClient) {
        self.url = "\(url)/query/raw"
        name = RemoteDatabaseFactory.place(of: url)
        connection = ServiceConnection(client: client, token: token)
    }

    package func query(_ sql: String, _ cancellation: Cancellation) throws -> RemoteAnswer {
        let answer = try post(sql, cancellation)
        let status = answer.response.status
        if status == 200 { return try read(answer) }
        // It answers 400 to a wrong token, and to much else.
        let refusal = connection.refusal(answer, unknown: status == 400 ? .unauthorized : .malformed)
        let isKnown = ServiceMessage(body: answer.response.body)?.kind(after: answer.elapsed) != nil
        if status != 400 || isKnown { throw refusal }
        // Whoever may put the simplest statement is known; then it is this one that is refused.
        let probe = try post("SELECT 1", cancellation)
        switch probe.response.status {
        case 200: break
        case 400, 401, 403: throw refusal
        // It tells nothing of the token.
        default: throw connection.refusal(probe, unknown: .malformed)
        }
        throw RemoteError(.statement, refusal.detail)
    }

    package func begin(_ cancellation: Cancellation) throws -> Bool { false }
    package func end() {}
    package func keepAlive(_ cancellation: Cancellation) throws {}

    private func post(_ sql: String, _ cancellation: Cancellation) throws -> ServiceConnection.Answer {
        try connection.post(
            #"{"sql":\#(JSONText.quoted(sql)),"params":[]}"#, to: url, most: limits.mostBytes, cancellation)
    }

    /// `{"result":{"columns":[],"rows":[[]],"meta":{…}}}`; a result that is an empty array is one without rows.
    private func read(_ answer: ServiceConnection.Answer) throws -> RemoteAnswer {
        var json = JSONScanner(answer.response.body)
        var rows = AnswerRows(.plain)
        var hasResult = false
        var isEmpty = false
        do {
            try json.openObject()
            while let key = try json.nextKey() {
                if json.text(key, is: "error"), try json.kind() != .null { throw json.expected("no error") }
                guard json.text(key, is: "result") else {
                    try json.skip()
                    continue
                }
                guard !hasResult else { throw json.expected("one result") }
                hasResult = true
                isEmpty = try json.kind() == .array
                if isEmpty { try readNothing(&json) } else { try rows.readTable(&json) }
            }
            try json.finish()
            return try isEmpty ? RemoteAnswer(body: [], columnCount: 0, cells: []) : rows.answer(json)
        } catch let error as JSONError {
            guard let message = ServiceMessage(body: answer.response.body, isAnswer: true) else {
                throw connection.malformed(error)
            }
            throw connection.refusal(message, after: answer.elapsed, unknown: .malformed)
        }
    }

    private func readNothing(_ json: inout JSONScanner) throws(JSONError) {
        try json.openArray()
        guard try !json.nextElement() else { throw json.expected("columns and rows") }
    }
}
