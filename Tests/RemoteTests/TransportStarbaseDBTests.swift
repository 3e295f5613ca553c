import Model
import Pipeline
import Remote
import TestSupport
import Testing

@Suite("StarbaseDB's HTTP API") struct TransportStarbaseDBTests {
    private static let two =
        #"{"result":{"columns":["a","b"],"rows":[[1,"t\u0041"],[null,-2.5]],"meta":{"rows_read":2}}}"#

    @Test("One statement a request, with the token, and its rows as they came")
    func rows() async throws {
        let (words, requests) = try await Transport.ask(.starbasedb, answering: { _ in .json(200, Self.two) }) {
            try $0.query("SELECT \"a\"\n", Cancellation()).words
        }
        #expect(words == [["1", "tA"], ["null", "-2.5"]])
        let request = try #require(requests.first)
        #expect(requests.count == 1)
        #expect(request.line == "POST /query/raw")
        #expect(request.header("authorization") == "Bearer open-sesame")
        #expect(request.header("content-type") == "application/json")
        #expect(request.body == #"{"sql":"SELECT \"a\"\u000a","params":[]}"#)
    }

    @Test(
        "No rows come without columns",
        arguments: [
            #"{"result":{"columns":[],"rows":[],"meta":{"rows_read":0,"rows_written":0}}}"#, #"{"result":[]}"#,
            #"{"result":{"rows":[],"columns":["a"]}}"#,
        ])
    func empty(body: String) async throws {
        let (count, _) = try await Transport.ask(.starbasedb, answering: { _ in .json(200, body) }) {
            try $0.query("SELECT 1", Cancellation()).rowCount
        }
        #expect(count == 0)
    }

    @Test(
        "Errors are told apart",
        arguments: [
            (401, #"{"error":"Unauthorized request"}"#, RemoteError.Kind.unauthorized),
            (400, #"{"error":"Unauthorized request"}"#, .unauthorized),
            // A token that is no JSON Web Token, where the worker asks for one: the probe fails, too.
            (400, #"{"error":"Invalid Compact JWS"}"#, .unauthorized), (403, "<html>blocked</html>", .unauthorized),
            (500, #"{"error":"no such table: t: SQLITE_ERROR"}"#, .statement),
            (400, #"{"error":"near \"FRM\": syntax error at offset 9: SQLITE_ERROR"}"#, .statement),
            (500, #"{"error":"access to _cf_KV.key is prohibited: SQLITE_AUTH"}"#, .statement),
            (500, #"{"error":"database is locked: SQLITE_BUSY"}"#, .busy), (503, "", .busy),
            (500, #"{"error":"Durable Object is overloaded. Requests queued for too long."}"#, .busy),
            (500, #"{"error":"string or blob too big: SQLITE_TOOBIG"}"#, .tooLarge),
            (500, #"{"error":"Serialized RPC arguments or return values are limited to 32MiB."}"#, .tooLarge),
            (500, #"{"error":"Worker exceeded CPU time limit."}"#, .tooSlow), (503, "error code: 1102", .tooSlow),
            (502, "<html>bad gateway</html>", .unreachable),
            (500, #"{"error":"Network connection lost."}"#, .unreachable), (404, "Not found", .malformed),
            (200, #"{"result":{"columns":["a"],"rows":[[{}]]}}"#, .malformed),
            (200, #"{"result":{"columns":["a"],"rows":[[1,2]]}}"#, .malformed),
            (200, #"{"result":{"columns":["a"]}}"#, .malformed), (200, #"{"result":null}"#, .malformed),
            (200, #"{"result":{"columns":["a"],"rows":[[1]]},"result":{"columns":["a"],"rows":[[2]]}}"#, .malformed),
            (200, #"{"result":{"columns":["a"],"rows":[[1]],"rows":[[2]]}}"#, .malformed),
            (200, #"{"result":{"columns":["a"],"rows":[[1]]},"error":"Network connection lost."}"#, .unreachable),
            (200, #"{"error":"no such table: t: SQLITE_ERROR","result":[]}"#, .statement),
            (500, #"{"error":"out of memory: SQLITE_NOMEM"}"#, .tooLarge),
            (200, #"{"result":{"colu"#, .malformed), (200, "hello", .malformed),
        ] as [(Int, String, RemoteError.Kind)])
    func errors(status: Int, body: String, kind: RemoteError.Kind) async throws {
        let error = try await Transport.refusal(.starbasedb, .json(status, body))
        #expect(error.kind == kind, "\(error)")
    }

    @Test("A statement that is refused with 400 is not taken for a wrong token where the token is right")
    func badStatement() async throws {
        let (error, requests) = try await Transport.ask(
            .starbasedb,
            answering: { request in
                request.body.contains("SELECT 1")
                    ? .json(200, #"{"result":{"columns":["1"],"rows":[[1]]}}"#)
                    : .json(400, #"{"error":"Something about RLS"}"#)
            }, { try Transport.refusal(of: $0) })
        #expect(error.kind == .statement)
        #expect(error.detail.contains("Something about RLS"))
        #expect(requests.count == 2)
    }

    @Test("Where the service cannot say whether the token is right, it is not taken for a wrong one")
    func busyProbe() async throws {
        let (error, _) = try await Transport.ask(
            .starbasedb,
            answering: { request in
                request.body.contains("SELECT 1")
                    ? SocketServer.Answer(429, headers: [(name: "Retry-After", value: "3")])
                    : .json(400, #"{"error":"Something"}"#)
            }, { try Transport.refusal(of: $0) })
        #expect(error.kind == .busy)
        #expect(error.retryAfter == 3)
    }

    @Test("Retry-After is passed on")
    func retryAfter() async throws {
        let answer = SocketServer.Answer(429, headers: [(name: "Retry-After", value: "7")], body: "slow down")
        let error = try await Transport.refusal(.starbasedb, answer)
        #expect(error == RemoteError(.busy, "it answered 429: slow down", retryAfter: 7))
    }

    @Test("A redirect is not followed, for the token would go with it")
    func redirect() async throws {
        let answer = SocketServer.Answer(302, headers: [(name: "Location", value: "http://127.0.0.1:1/")])
        let (error, requests) = try await Transport.ask(.starbasedb, answering: { _ in answer }) {
            try Transport.refusal(of: $0)
        }
        #expect(error.kind == .unreachable && error.isLasting)
        #expect(requests.count == 1)
    }

    @Test("A token that the service says back is not in the error")
    func secret() async throws {
        let error = try await Transport.refusal(
            .starbasedb, .json(500, #"{"error":"bad token open\u002dsesame\nsecond line"}"#))
        #expect(error.detail == "it answered 500: bad token <secret> second line")
    }

    @Test(
        "Nor is the part of it that stands before where a long answer is cut",
        arguments: [272, 280, 285, 291, 295, 299])
    func cutSecret(length: Int) async throws {
        let text = String(repeating: "x", count: length) + Transport.token
        let error = try await Transport.refusal(.starbasedb, SocketServer.Answer(500, body: text))
        #expect(!error.detail.contains("open"))
    }

    @Test("A connection that ends without an answer may be tried again")
    func noAnswer() async throws {
        let (error, _) = try await Transport.ask(.starbasedb, answering: { _ in nil }) {
            try Transport.refusal(of: $0)
        }
        #expect(error.kind == .unreachable && !error.isLasting)
    }

    @Test("It offers no snapshot, and nothing is asked for one")
    func noSnapshot() async throws {
        let (isBegun, requests) = try await Transport.ask(.starbasedb, answering: { _ in nil }) { database in
            let isBegun = try database.begin(Cancellation())
            try database.keepAlive(Cancellation())
            database.end()
            return isBegun
        }
        #expect(!isBegun)
        #expect(requests.isEmpty)
    }

    @Test("A cancellation ends the wait for an answer")
    func cancelled() async throws {
        let cancellation = Cancellation()
        let (isCancelled, _) = try await Transport.ask(
            .starbasedb,
            answering: { _ in
                cancellation.cancel()
                return nil
            },
            { database in
                do {
                    _ = try database.query("SELECT 1", cancellation)
                    return false
                } catch {
                    return error is CancellationError
                }
            })
        #expect(isCancelled)
    }
}
