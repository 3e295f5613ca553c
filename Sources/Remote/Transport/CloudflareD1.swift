import HTTPClient
import Model
import Pipeline

/// Cloudflare D1's HTTP API: `POST …/raw`, one statement a request.
///
/// See https://developers.cloudflare.com/api/resources/d1/subresources/database/methods/raw/. It offers no snapshot.
package final class CloudflareD1: RemoteDatabase {
    package let service = RemoteService.d1
    package let name: String
    package let limits = RemoteLimits.durableObject
    private let connection: ServiceConnection
    private let url: String

    /// Cloudflare's numbers for tokens that are malformed, unknown, expired or without a right to this account, and for a
    /// database that is not there.
    private static let codes: [String: RemoteError.Kind] = [
        "6003": .unauthorized, "6111": .unauthorized, "7403": .unauthorized, "9106": .unauthorized,
        "9109": .unauthorized, "10000": .unauthorized, "10001": .unauthorized, "7404": .malformed,
    ]

    /// - Parameter url: the API's, without a slash at its end.
    package init(account: String, database: String, url: String, token: Secret?, client: HTTPClient) {
        self.url = "\(url)/accounts/\(PathSegment.encode(account))/d1/database/\(PathSegment.encode(database))/raw"
        name = "\(RemoteDatabaseFactory.place(of: url))/\(database)"
        connection = ServiceConnection(client: client, token: token)
    }

    package func query(_ sql: String, _ cancellation: Cancellation) throws -> RemoteAnswer {
        let body = #"{"sql":\#(JSONText.quoted(sql)),"params":[]}"#
        let answer = try connection.post(body, to: url, most: limits.mostBytes, cancellation)
        guard answer.response.status == 200 else { throw refusal(answer, unknown: .statement) }
        do {
            guard let rows = try Self.read(answer.response.body) else { throw refusal(answer, unknown: .malformed) }
            return rows
        } catch let error as JSONError {
            throw connection.malformed(error)
        }
    }

    package func begin(_ cancellation: Cancellation) throws -> Bool { false }
    package func end() {}
    package func keepAlive(_ cancellation: Cancellation) throws {}

    private func refusal(_ answer: ServiceConnection.Answer, unknown: RemoteError.Kind) -> RemoteError {
        connection.refusal(answer, codes: Self.codes, unknown: unknown)
    }

    /// `{"success":true,"errors":[],"messages":[],"result":[{"success":true,"results":{"columns":[],"rows":[[]]},…}]}`.
    /// - Returns: nil where it does not say that it succeeded.
    private static func read(_ body: [UInt8]) throws -> RemoteAnswer? {
        var json = JSONScanner(body)
        var rows = AnswerRows(.plain)
        var isSuccess = false
        var isGood = true
        try json.openObject()
        while let key = try json.nextKey() {
            if json.text(key, is: "success") {
                isSuccess = try json.boolean()
                if !isSuccess { isGood = false }
            } else if json.text(key, is: "errors"), try json.kind() == .array {
                try json.openArray()
                while try json.nextElement() {
                    isGood = false
                    try json.skip()
                }
            } else if json.text(key, is: "result"), try json.kind() == .array {
                if try !readResults(&json, &rows) { isGood = false }
            } else {
                try json.skip()
            }
        }
        try json.finish()
        guard isGood && isSuccess else { return nil }
        return try rows.answer(json)
    }

    /// One element for the one statement.
    private static func readResults(_ json: inout JSONScanner, _ rows: inout AnswerRows) throws -> Bool {
        var isGood = true
        var count = 0
        try json.openArray()
        while try json.nextElement() {
            count += 1
            guard count == 1 else { throw json.expected("one result") }
            try json.openObject()
            while let key = try json.nextKey() {
                if json.text(key, is: "success") {
                    if try !json.boolean() { isGood = false }
                } else if json.text(key, is: "results"), try json.kind() == .object {
                    try rows.readTable(&json)
                } else {
                    try json.skip()
                }
            }
        }
        return isGood
    }
}
