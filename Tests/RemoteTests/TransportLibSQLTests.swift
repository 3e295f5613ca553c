import Model
import Pipeline
import Remote
import TestSupport
import Testing

@Suite("libSQL's HTTP API") struct TransportLibSQLTests {
    /// An answer of a stream: its baton, and what became of each of its requests.
    private static func pipeline(_ baton: String?, _ results: [String], base: String? = nil) -> SocketServer.Answer {
        let baton = baton.map { "\"\($0)\"" } ?? "null"
        let base = base.map { "\"\($0)\"" } ?? "null"
        let list = results.joined(separator: ",")
        return .json(200, #"{"baton":\#(baton),"base_url":\#(base),"results":[\#(list)]}"#)
    }

    private static func row(_ value: String) -> String {
        #"{"type":"ok","response":{"type":"execute","result":{"cols":[{"name":"a","decltype":null}],"#
            + #""rows":[[\#(value)]],"affected_row_count":0,"last_insert_rowid":null}}}"#
    }

    private static func failure(_ message: String, _ code: String) -> String {
        #"{"type":"error","error":{"message":"\#(message)","code":"\#(code)"}}"#
    }

    private static let one = row(#"{"type":"integer","value":"1"}"#)
    private static let closed = #"{"type":"ok","response":{"type":"close"}}"#
    /// What BEGIN and COMMIT give.
    private static let done =
        #"{"type":"ok","response":{"type":"execute","result":{"cols":[],"rows":[],"affected_row_count":0}}}"#

    @Test(
        "Values come with their types",
        arguments: [
            (#"{"type":"integer","value":"-9223372036854775808"}"#, "-9223372036854775808"),
            (#"{"value":1.5e-3,"type":"float"}"#, "1.5e-3"), (#"{"type":"text","value":"t\u00e4"}"#, "t\u{E4}"),
            (#"{"type":"null"}"#, "null"), (#"{"type":"null","value":null}"#, "null"),
        ])
    func values(value: String, words: String) async throws {
        let (read, requests) = try await Transport.ask(
            .libsql, answering: { _ in Self.pipeline(nil, [Self.row(value), Self.closed]) },
            { try $0.query("SELECT a", Cancellation()).words })
        #expect(read == [[words]])
        let request = try #require(requests.first)
        #expect(request.line == "POST /v2/pipeline")
        #expect(request.header("authorization") == "Bearer open-sesame")
        let expected =
            #"{"baton":null,"requests":[{"type":"execute","stmt":{"sql":"SELECT a","args":[],"want_rows":true}},"#
            + #"{"type":"close"}]}"#
        #expect(request.body == expected)
    }

    @Test(
        "Blobs, and integers that are none, make no sense",
        arguments: [
            #"{"type":"blob","base64":"AAE"}"#, #"{"type":"integer","value":"1.5"}"#,
            #"{"type":"integer","value":1}"#, "1", #"{"type":"integer","value":""}"#,
            #"{"type":"integer","value":"9223372036854775808"}"#, #"{"type":"integer","value":"+1"}"#,
            #"{"type":"text"}"#,
            #"{"type":"float","value":null}"#, #"{"type":"text","value":"a","value":"b"}"#, #"{"value":"1"}"#,
        ])
    func noValue(value: String) async throws {
        let error = try await Transport.refusal(.libsql, Self.pipeline(nil, [Self.row(value), Self.closed]))
        #expect(error.kind == .malformed)
    }

    @Test("A server that asks for no token gets none")
    func noToken() async throws {
        let (_, requests) = try await Transport.ask(
            .libsql, token: nil, answering: { _ in Self.pipeline(nil, [Self.one, Self.closed]) },
            { try $0.query("SELECT a", Cancellation()).words })
        #expect(requests.first?.header("authorization") == nil)
    }

    @Test("Each baton goes into the next request, and the last one closes the stream")
    func stream() async throws {
        let script = Script([
            Self.pipeline("b1", [Self.done, Self.one]), Self.pipeline("b2", [Self.one]),
            Self.pipeline("b3", [Self.one]), Self.pipeline(nil, [Self.closed]),
        ])
        let (isBegun, requests) = try await Transport.ask(.libsql, answering: { _ in script.next() }) { database in
            let isBegun = try database.begin(Cancellation())
            _ = try database.query("SELECT a", Cancellation())
            try database.keepAlive(Cancellation())
            database.end()
            database.end()
            return isBegun
        }
        #expect(isBegun)
        #expect(requests.count == 4)
        #expect(requests[0].body.hasPrefix(#"{"baton":null,"#) && requests[0].body.contains("BEGIN READONLY"))
        #expect(requests[1].body.hasPrefix(#"{"baton":"b1","#) && requests[1].body.contains("SELECT a"))
        #expect(requests[2].body.hasPrefix(#"{"baton":"b2","#) && requests[2].body.contains("SELECT 1"))
        #expect(requests[3].body == #"{"baton":"b3","requests":[{"type":"close"}]}"#)
    }

    @Test("The end of a transaction shows that it has lasted, and closes the stream")
    func finishes() async throws {
        let script = Script([
            Self.pipeline("b1", [Self.done, Self.one]), Self.pipeline("b2", [Self.one]),
            Self.pipeline(nil, [Self.done, Self.closed]), Self.pipeline(nil, [Self.one, Self.closed]),
        ])
        let (_, requests) = try await Transport.ask(.libsql, answering: { _ in script.next() }) { database in
            _ = try database.begin(Cancellation())
            _ = try database.query("SELECT a", Cancellation())
            try database.finish(Cancellation())
            database.end()
            return try database.query("SELECT b", Cancellation()).words
        }
        #expect(requests.count == 4)
        #expect(requests[2].body.hasPrefix(#"{"baton":"b2","#) && requests[2].body.contains("COMMIT"))
        #expect(requests[2].body.hasSuffix(#"{"type":"close"}]}"#))
        #expect(requests[3].body.hasPrefix(#"{"baton":null,"#))
    }

    @Test(
        "A transaction whose end the server refuses is taken for lost",
        arguments: TransportLibSQLTests.badEnds)
    func notFinished(answer: SocketServer.Answer) async throws {
        let script = Script([Self.pipeline("b1", [Self.done, Self.one]), answer])
        let (kinds, requests) = try await Transport.ask(.libsql, answering: { _ in script.next() }) { database in
            _ = try database.begin(Cancellation())
            let first = Self.kind { try database.finish(Cancellation()) }
            let second = Self.kind { try database.finish(Cancellation()) }
            return [first, second]
        }
        #expect(kinds == [.stateLost, .stateLost])
        #expect(requests.count == 2)
    }

    static let badEnds: [SocketServer.Answer] = [
        .json(400, #"{"message":"The stream has expired due to inactivity","code":"STREAM_EXPIRED"}"#),
        pipeline(nil, [failure("cannot commit - no transaction is active", "SQLITE_ERROR"), closed]),
        pipeline(nil, [closed, closed]),
    ]

    private static func kind(of body: () throws -> Void) -> RemoteError.Kind? {
        do {
            try body()
            return nil
        } catch {
            return (error as? RemoteError)?.kind
        }
    }

    @Test(
        "A transaction that the server did not say to have begun is none",
        arguments: TransportLibSQLTests.badBeginnings)
    func notBegun(answer: SocketServer.Answer) async throws {
        let (kind, _) = try await Transport.ask(.libsql, answering: { _ in answer }) { database in
            Self.kind { _ = try database.begin(Cancellation()) }
        }
        #expect(kind == .malformed || kind == .statement)
    }

    static let badBeginnings: [SocketServer.Answer] = [
        pipeline("b1", [closed, one]), pipeline("b1", [one]), pipeline("b1", [done, done, one]),
        pipeline(nil, [done, one]), pipeline("b1", [#"{"type":"error"}"#, one]),
        pipeline("b1", [#"{"type":"none"}"#, one]), pipeline("b1", [failure("no", "NO"), one]),
    ]

    @Test("Each request has its one result", arguments: TransportLibSQLTests.incomplete)
    func results(body: String) async throws {
        let error = try await Transport.refusal(.libsql, .json(200, body))
        #expect(error.kind == .malformed, "\(error)")
    }

    static let incomplete: [String] = [
        #"{"baton":null,"results":[\#(one)]}"#, #"{"baton":null,"results":[\#(one),\#(closed),\#(closed)]}"#,
        #"{"baton":null,"results":[\#(one),\#(closed)],"results":[\#(one),\#(closed)]}"#,
        #"{"baton":null,"results":[\#(one),\#(closed)]"#,
        #"{"baton":null,"results":[{"type":"ok","response":{"result":{"cols":[{"name":"a"}]}}},\#(closed)]}"#,
    ]

    @Test(
        "A stream that is gone is told, and nothing is read from another state",
        arguments: [
            .json(400, #"{"message":"The stream has expired due to inactivity","code":"STREAM_EXPIRED"}"#),
            SocketServer.Answer(400, body: "Received an invalid baton: b1"),
            SocketServer.Answer(400, body: "Received a baton that has already been used"),
            .json(404, #"{"error":"stream not found: 17"}"#),
            .json(
                200,
                #"{"baton":"b2","base_url":null,"results":[{"type":"error","error":{"message":"Transaction timed-out","#
                    + #""code":"TRANSACTION_TIMEOUT"}}]}"#),
        ] as [SocketServer.Answer])
    func lost(answer: SocketServer.Answer) async throws {
        let script = Script([Self.pipeline("b1", [Self.done, Self.one]), answer])
        let (errors, requests) = try await Transport.ask(.libsql, answering: { _ in script.next() }) { database in
            _ = try database.begin(Cancellation())
            return [try Transport.refusal(of: database), try Transport.refusal(of: database)]
        }
        #expect(errors.map(\.kind) == [.stateLost, .stateLost])
        #expect(requests.count == 2)
    }

    @Test("A stream that the server closes beside a good answer is lost from the next statement on")
    func closedByServer() async throws {
        let script = Script([Self.pipeline("b1", [Self.done, Self.one]), Self.pipeline(nil, [Self.one])])
        let (error, _) = try await Transport.ask(.libsql, answering: { _ in script.next() }) { database in
            _ = try database.begin(Cancellation())
            _ = try database.query("SELECT a", Cancellation())
            return try Transport.refusal(of: database)
        }
        #expect(error.kind == .stateLost)
    }

    @Test("A refused statement and an answer that is too large leave the transaction as it is")
    func refusedWithin() async throws {
        let script = Script([
            Self.pipeline("b1", [Self.done, Self.one]),
            Self.pipeline("b2", [Self.failure("SQLite error: no such table: t", "SQLITE_UNKNOWN")]),
            Self.pipeline("b3", [Self.failure("Response is too large", "RESPONSE_TOO_LARGE")]),
            Self.pipeline("b4", [Self.one]),
        ])
        let (result, requests) = try await Transport.ask(.libsql, answering: { _ in script.next() }) { database in
            _ = try database.begin(Cancellation())
            let errors = [try Transport.refusal(of: database), try Transport.refusal(of: database)]
            return (errors: errors, words: try database.query("SELECT a", Cancellation()).words)
        }
        #expect(result.errors.map(\.kind) == [.statement, .tooLarge])
        #expect(result.words == [["1"]])
        #expect(requests[3].body.hasPrefix(#"{"baton":"b3","#))
    }

    @Test("The stream goes on where base_url says")
    func baseURL() async throws {
        let second = Script([Self.pipeline("b2", [Self.one]), Self.pipeline(nil, [Self.closed])])
        try await withLoopbackServer(answering: { _ in second.next() }) { other, url in
            let (words, requests) = try await Transport.ask(
                .libsql, answering: { _ in Self.pipeline("b1", [Self.done, Self.one], base: "\(url)/there/") },
                { database in
                    _ = try database.begin(Cancellation())
                    let words = try database.query("SELECT a", Cancellation()).words
                    database.end()
                    return words
                })
            #expect(words == [["1"]])
            #expect(requests.count == 1)
            #expect(other.requests.map(\.line) == ["POST /there/v2/pipeline", "POST /there/v2/pipeline"])
            #expect(other.requests.first?.header("authorization") == "Bearer open-sesame")
        }
    }

    @Test(
        "The token goes nowhere unencrypted but to this machine",
        arguments: [
            "http://db.example", "ftp://db.example", "//db.example", "https://user@db.example", "https://h/?a=b",
        ])
    func badBaseURL(url: String) async throws {
        let (error, requests) = try await Transport.ask(
            .libsql, answering: { _ in Self.pipeline("b1", [Self.done, Self.one], base: url) },
            { database in
                do {
                    _ = try database.begin(Cancellation())
                } catch let error as RemoteError {
                    return error
                }
                throw Transport.NoRefusal()
            })
        #expect(error.kind == .malformed)
        #expect(requests.count == 1)
    }

    @Test(
        "Errors of a statement are told apart",
        arguments: [
            ("no such column: b", "SQLITE_ERROR", .statement), ("database is locked", "SQLITE_BUSY", .busy),
            ("interrupted", "SQLITE_INTERRUPT", .tooSlow), ("Something new", "NEW", .statement),
        ] as [(String, String, RemoteError.Kind)])
    func statementErrors(message: String, code: String, kind: RemoteError.Kind) async throws {
        let answer = Self.pipeline(nil, [Self.failure(message, code), Self.closed])
        let error = try await Transport.refusal(.libsql, answer)
        #expect(error == RemoteError(kind, "\(code): \(message)"))
    }

    @Test(
        "Errors of a request are told apart",
        arguments: [
            (401, #"{"error":"Unauthorized: `The JWT has an invalid signature`"}"#, .unauthorized),
            (200, #"{"baton":null,"base_url":null,"results":[]}"#, .malformed), (200, "{}", .malformed),
            (404, "not found", .malformed), (502, "", .unreachable), (429, "", .busy),
        ] as [(Int, String, RemoteError.Kind)])
    func requestErrors(status: Int, body: String, kind: RemoteError.Kind) async throws {
        let error = try await Transport.refusal(.libsql, .json(status, body))
        #expect(error.kind == kind, "\(error)")
    }
}
