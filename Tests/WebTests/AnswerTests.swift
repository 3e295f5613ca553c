import HTTPTypes
import Hummingbird
import HummingbirdCore
import Model
import Testing

@testable import Web

@Suite("What every answer says")
struct AnswerTests {
    @Test("what browsers may do with it")
    func securityHeaders() {
        var headers: HTTPFields = [:]
        SecurityHeaders.add(to: &headers, nonce: "abc")
        let policy = headers[.contentSecurityPolicy] ?? ""
        #expect(policy.hasPrefix("default-src 'none'; style-src 'nonce-abc'; script-src 'nonce-abc';"))
        #expect(policy.hasSuffix("form-action 'self'; base-uri 'none'; frame-ancestors 'none'"))
        #expect(headers[.of("Referrer-Policy")] == "no-referrer")
        #expect(headers[.xContentTypeOptions] == "nosniff")
        #expect(headers[.of("X-Frame-Options")] == "DENY")
        #expect(headers[.of("Cross-Origin-Opener-Policy")] == "same-origin")
        #expect(headers[.crossOriginResourcePolicy] == "same-origin")
        #expect(headers[.cacheControl] == "no-store")
    }

    @Test("and what it says itself stays")
    func ownHeaders() {
        var headers: HTTPFields = [.cacheControl: "private", .contentSecurityPolicy: "sandbox"]
        SecurityHeaders.add(to: &headers, nonce: nil)
        #expect(headers[values: .cacheControl] == ["private"])
        #expect(headers[values: .contentSecurityPolicy] == ["sandbox"])
    }

    @Test("nonces are never the same")
    func nonces() {
        #expect(Set((0..<100).map { _ in Nonce.make() }).count == 100)
        #expect(Nonce.make().count == 32)
    }

    @Test(
        "when it was made",
        arguments: [
            ("1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37 GMT"),
            ("1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
            ("2000-02-29T23:59:59Z", "Tue, 29 Feb 2000 23:59:59 GMT"),
            ("2026-03-15T02:30:00Z", "Sun, 15 Mar 2026 02:30:00 GMT"),
        ])
    func dates(time: String, expected: String) throws {
        #expect(HTTPDate.text(try #require(Timestamp(time))) == expected)
    }

    @Test(
        "a failure has its status",
        arguments: [
            (.missing, 404), (.usage, 422), (.busy, 409), (.exists, 409), (.unreachable, 502), (.io, 500),
            (.difference, 500), (.configuration, 500), (.internal, 500), (.cancelled, 503),
        ] as [(FailureCode, Int)])
    func statuses(code: FailureCode, status: Int) {
        let error = WebError(describing: NightjarError(code, "there is no run 7", hint: "Look at /runs."))
        #expect(error.status.code == status)
        #expect(error.message == "there is no run 7")
        #expect(error.hint == "Look at /runs.")
        #expect(error.incident == nil)
    }

    @Test("errors of the framework keep their status, and a cancelled task is the end of the appliance")
    func otherErrors() {
        #expect(WebError(describing: HTTPError(.badRequest, message: "no id")).message == "no id")
        #expect(WebError(describing: HTTPError(.notFound)).status == .notFound)
        #expect(WebError(describing: CancellationError()).status == .serviceUnavailable)
    }

    @Test("what nobody expected is told by a number that the log has too")
    func incident() throws {
        struct Odd: Error {
            let secret = "hunter2"
        }
        let error = WebError(describing: Odd())
        let incident = try #require(error.incident)
        #expect(error.status == .internalServerError)
        #expect(error.hint?.contains(incident) == true)
        #expect(!error.text.contains("hunter2"))
        #expect(error.logText.contains(incident) && error.logText.contains("hunter2"))
    }

    @Test("errors are JSON for programs and a page for people")
    func rendering() async throws {
        let error = WebError(.conflict, "a run is under way", hint: "Wait.")
        let context = makeContext()
        let json = error.response(to: makeRequest(.get, "/api/v1/x", [.accept: "text/html"]), context)
        #expect(json.headers[.contentType] == "application/json")
        #expect(
            String(decoding: PlainAnswer.json(error.message, hint: error.hint, code: nil), as: UTF8.self)
                == #"{"error":"a run is under way","hint":"Wait."}"#)
        let page = error.response(to: makeRequest(.get, "/runs/7", [.accept: "text/html,*/*"]), context)
        #expect(page.status == .conflict)
        #expect(page.headers[.contentType] == "text/html; charset=utf-8")
        let curl = error.response(to: makeRequest(.get, "/runs/7", [.accept: "*/*"]), context)
        #expect(curl.headers[.contentType] == "application/json")
    }
}
