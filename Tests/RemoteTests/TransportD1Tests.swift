import Model
import Pipeline
import Remote
import TestSupport
import Testing

@Suite("Cloudflare D1's HTTP API") struct TransportD1Tests {
    @Test("One statement a request, at the database's address, and its rows as they came")
    func rows() async throws {
        let body = #"""
            {"result":[{"results":{"columns":["a"],"rows":[["x"],[3]]},"success":true,"meta":{"duration":0.1}}],
             "errors":[],"messages":[],"success":true}
            """#
        let ((words, name), requests) = try await Transport.ask(.d1, answering: { _ in .json(200, body) }) {
            (try $0.query("SELECT a", Cancellation()).words, $0.name)
        }
        #expect(words == [["x"], ["3"]])
        #expect(name.hasSuffix("/b 1") && name.hasPrefix("127.0.0.1:"))
        let request = try #require(requests.first)
        #expect(request.line == "POST /accounts/acc/d1/database/b%201/raw")
        #expect(request.header("authorization") == "Bearer open-sesame")
        #expect(request.body == #"{"sql":"SELECT a","params":[]}"#)
    }

    @Test(
        "Errors are told apart",
        arguments: [
            (400, 7500, "no such column: b: SQLITE_ERROR", RemoteError.Kind.statement),
            (200, 7500, "not authorized: SQLITE_AUTH", .statement),
            (400, 7500, "string or blob too big: SQLITE_TOOBIG", .tooLarge),
            (401, 10000, "Authentication error", .unauthorized), (400, 6003, "Invalid request headers", .unauthorized),
            (403, 7403, "The given account is not valid or is not authorized", .unauthorized),
            (404, 7404, "The database could not be found", .malformed), (429, 10429, "Too many requests", .busy),
            (500, 7500, "D1 DB is overloaded. Requests queued for too long.", .busy),
            (400, 7500, "D1 DB reset because its code was updated.", .unreachable),
            (400, 7500, "D1 DB exceeded its CPU time limit and was reset.", .tooSlow),
            (500, 7500, "Something new", .unreachable),
        ] as [(Int, Int, String, RemoteError.Kind)])
    func errors(status: Int, code: Int, message: String, kind: RemoteError.Kind) async throws {
        let error = try await Transport.refusal(
            .d1,
            .json(
                status,
                #"{"success":false,"errors":[{"code":\#(code),"message":"\#(message)"}],"messages":[],"result":[]}"#))
        #expect(error.kind == kind, "\(error)")
        #expect(error.detail == "it answered \(status): \(code): \(message)")
    }

    @Test(
        "Answers that make no sense are not taken for rows",
        arguments: [
            #"{"success":true,"errors":[],"result":[]}"#, #"{"success":true,"errors":[],"result":null}"#,
            #"{"success":true,"result":[{"success":true,"results":{"columns":["a"],"rows":[[[1]]]}}]}"#,
            #"{"success":true,"result":[{"success":true,"results":{"columns":["a"],"rows":[[1]]}}]"#,
            #"{"success":false}"#, #"{"result":[{"success":true,"results":{"columns":["a"],"rows":[[1]]}}]}"#,
            #"{"success":true,"result":[{"results":{"columns":["a"]}}]}"#,
            #"{"success":true,"result":[{"results":{"columns":["a"],"rows":[[1]]}}],"errors":[{}]}"#,
            #"{"success":true,"result":[{"success":false,"results":{"columns":["a"],"rows":[[1]]}}]}"#,
            #"{"success":true,"result":[{"results":{"columns":["a"],"rows":[[1]],"rows":[[2]]}}]}"#,
            #"{"success":true,"result":[{"results":{"columns":[],"rows":[]}},{"results":{"columns":[],"rows":[]}}]}"#,
            "<html>hello</html>",
        ])
    func malformed(body: String) async throws {
        let error = try await Transport.refusal(.d1, .json(200, body))
        #expect(error.kind == .malformed, "\(error)")
    }
}
