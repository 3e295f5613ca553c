import Foundation
import Model
import TestSupport
import Testing

@testable import Web

@Suite("The page and the API, to those who knock")
struct WebServerTests {
    @Test(
        "without a token nothing is told, not even what there is",
        arguments: ["/", "/metrics", "/api/v1/databases", "/no"])
    func noToken(path: String) async throws {
        try await WebSite.with { site in
            let answer = try await site.ask("GET \(path)")
            #expect(answer.status == 401)
            #expect(answer.fields["www-authenticate"]?.hasPrefix(#"Basic realm="Nightjar", charset="UTF-8""#) == true)
            #expect(answer.body.contains("a token is needed"))
            #expect(!answer.body.contains(site.folder))
            #expect(try await site.ask("GET \(path)", token: "another-token-altogether").status == 401)
        }
    }

    @Test("with a token there is what there is")
    func token() async throws {
        try await WebSite.with { site in
            #expect(try await site.ask("GET /metrics", as: "read").status == 200)
            #expect(try await site.ask("GET /metrics", as: "read", basic: true).status == 200)
            let missing = try await site.ask("GET /no", as: "read")
            #expect(missing.status == 404)
            #expect(missing.body.hasPrefix(#"{"error":"#))
        }
    }

    @Test("health is for everybody, and says nothing else")
    func health() async throws {
        try await WebSite.with { site in
            let answer = try await site.ask("GET /healthz")
            #expect(answer.status == 200)
            #expect(answer.body == #"{"status":"ok"}"#)
            #expect(try await site.ask("HEAD /healthz").fields["content-length"] == "15")
            let other = try await site.ask("POST /healthz", body: "")
            #expect(other.status == 405)
            #expect(other.fields["allow"] == "GET, HEAD")
        }
    }

    @Test("a method that a path does not know is told with those that it knows")
    func methods() async throws {
        try await WebSite.with { site in
            let answer = try await site.ask("PUT /metrics", as: "admin", body: "")
            #expect(answer.status == 405)
            #expect(answer.fields["allow"] == "GET, HEAD")
            #expect(try await site.ask("PUT /no", as: "admin", body: "").status == 404)
            #expect(try await site.ask("PUT /metrics", body: "").status == 401)
        }
    }

    @Test(
        "every answer has the headers that browsers go by",
        arguments: ["GET /", "GET /no", "GET /healthz", "HEAD /metrics"])
    func headers(target: String) async throws {
        try await WebSite.with { site in
            let answer = try await site.ask(target, as: "read")
            #expect(answer.fields["content-security-policy"]?.contains("'nonce-") == true)
            #expect(answer.fields["cache-control"] == "no-store")
            #expect(answer.fields["x-frame-options"] == "DENY")
            #expect(answer.fields["referrer-policy"] == "no-referrer")
            #expect(answer.fields["server"] == "nightjar")
        }
    }

    @Test("after ten wrong tokens further ones have to wait, and a right one has not")
    func guessing() async throws {
        try await WebSite.with { site in
            for _ in 0..<10 {
                #expect(try await site.ask("GET /metrics", token: "another-token-altogether").status == 401)
            }
            let refused = try await site.ask("GET /metrics", token: "another-token-altogether")
            #expect(refused.status == 429)
            #expect(refused.fields["retry-after"].flatMap { Int($0) }.map { (1...60).contains($0) } == true)
            #expect(try await site.ask("GET /metrics", as: "read").status == 200)
            #expect(try await site.ask("GET /metrics").status == 401)
        }
    }

    @Test("the control socket needs no token")
    func controlSocket() async throws {
        try await WebSite.with { site in
            #expect(permissions(of: site.folder + "/control.sock") == 0o660)
            let answer = try await site.ask("GET /metrics", at: site.control)
            #expect(answer.status == 200)
            let other = try await site.ask(
                "POST /no", fields: ["Origin: https://evil.example"], body: "", at: site.control)
            #expect(other.status == 404)
        }
    }

    @Test("without a configured token the one in the state directory is good")
    func generatedToken() async throws {
        try await WebSite.with(tokens: []) { site in
            let path = site.folder + "/state/token"
            #expect(permissions(of: path) == 0o600)
            let token = try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(
                in: .whitespacesAndNewlines)
            #expect(try await site.ask("GET /metrics", token: token).status == 200)
            #expect(try await site.ask("GET /metrics", as: "admin").status == 401)
        }
    }

    @Test(
        "what a browser sends because of another site is refused, unless it has a proof",
        arguments: [
            (["Sec-Fetch-Site: cross-site"], true, 403), (["Sec-Fetch-Site: same-site"], true, 403),
            (["Origin: https://evil.example"], true, 403), (["Origin: null"], true, 403),
            (["Sec-Fetch-Site: cross-site", "Content-Type: application/x-www-form-urlencoded"], true, 403),
            (["Sec-Fetch-Site: same-origin"], true, 404), (["Origin: http://nightjar.test"], true, 404),
            (["Origin: https://public.example.org"], true, 404), ([], true, 404),
            (["Sec-Fetch-Site: cross-site"], false, 404),
        ] as [([String], Bool, Int)])
    func crossSite(fields: [String], isBasic: Bool, status: Int) async throws {
        try await WebSite.with(http: ["public_url: https://public.example.org"]) { site in
            let answer = try await site.ask("POST /no", as: "admin", basic: isBasic, fields: fields, body: "csrf=1.2")
            #expect(answer.status == status)
        }
    }

    @Test(
        "an export that another site's page asks for is refused, though the browser says little of it",
        arguments: [
            (["Referer: https://evil.example/page"], true, 403), (["Referer: http://nightjar.test/"], true, 404),
            ([], true, 404), (["Referer: https://evil.example/page"], false, 404),
        ] as [([String], Bool, Int)])
    func crossSiteExport(fields: [String], isBasic: Bool, status: Int) async throws {
        try await WebSite.with { site in
            let answer = try await site.ask(
                "GET /export/dump?database=none", as: "export", basic: isBasic, fields: fields)
            #expect(answer.status == status)
        }
    }
}
