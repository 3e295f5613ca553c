import Model
import Testing

@testable import Web

@Suite("The pages, as a browser asks for them") struct PagesRoutesTests {
    private static let accept = "Accept: text/html,application/xhtml+xml"
    private static let form = "Content-Type: application/x-www-form-urlencoded"

    /// The value of the hidden field of the page's forms.
    private static func proof(in page: String) -> String? {
        PageMarkup(page).all("input").first { $0.attributes["name"] == CSRF.field }?.attributes["value"]
    }

    @Test("The first page is made once, with each answer's own nonce and proof of origin")
    func overview() async throws {
        try await WebSite.with { site in
            var nonces: Set<String> = []
            for _ in 1...3 {
                let answer = try await site.ask("GET /", as: "admin", basic: true, fields: [Self.accept])
                #expect(answer.status == 200)
                #expect(answer.fields["content-type"] == "text/html; charset=utf-8")
                let markup = PageMarkup(answer.body)
                #expect(markup.sins == [])
                let nonce = try #require(markup.all("script").first?.attributes["nonce"])
                let policy = try #require(answer.fields["content-security-policy"])
                #expect(policy.contains("script-src 'nonce-\(nonce)'"))
                #expect(policy.contains("style-src 'nonce-\(nonce)'"))
                #expect(markup.values(of: "nonce").allSatisfy { $0 == nonce })
                nonces.insert(nonce)
                #expect(answer.body.contains("action=\"/databases/shop/backup\""))
            }
            #expect(nonces.count == 3)
        }
    }

    @Test("What one token may do is not shown to another")
    func scopes() async throws {
        try await WebSite.with { site in
            let admin = try await site.ask("GET /", as: "admin", basic: true)
            #expect(Self.proof(in: admin.body) != nil)
            let read = try await site.ask("GET /", as: "read", basic: true)
            #expect(PageMarkup(read.body).all("form").isEmpty)
            #expect(read.body.contains("read (scope read)"))
            let database = try await site.ask("GET /databases/shop", as: "export", basic: true)
            #expect(database.status == 200)
            #expect(PageMarkup(database.body).sins == [])
            #expect(PageMarkup(database.body).all("form").isEmpty)
        }
    }

    @Test(
        "What there is not is a page that says so",
        arguments: [
            "/databases/none", "/runs/1", "/runs/-1", "/runs/x", "/backups/x",
            "/backups/dump_20260316-023000", "/verifications/1", "/verifications/1.json", "/verifications/.json",
            "/notifications/1",
        ])
    func missing(path: String) async throws {
        try await WebSite.with { site in
            let answer = try await site.ask("GET \(path)", as: "admin", basic: true, fields: [Self.accept])
            #expect(answer.status == 404)
            #expect(PageMarkup(answer.body).sins == [])
            #expect(answer.body.contains("<h1>There is no such thing</h1>"))
            #expect(!answer.body.contains(site.folder))
        }
    }

    @Test(
        "Buttons need the scope, and the proof that the form is the page's own",
        arguments: [
            "/databases/shop/backup", "/backups/dump_20260316-023000/verify", "/runs/999/cancel",
            "/notifications/1/retry", "/notifications/1/drop", "/channels/ops/test", "/channels/ops/retry",
            "/channels/ops/wake",
        ])
    func buttons(path: String) async throws {
        try await WebSite.with { site in
            for name in ["read", "export"] {
                let answer = try await site.ask("POST \(path)", as: name, basic: true, fields: [Self.form], body: "")
                #expect(answer.status == 403, "\(name)")
            }
            for body in ["", "csrf=", "csrf=99999999999.00", "from=overview"] {
                let answer = try await site.ask(
                    "POST \(path)", as: "admin", basic: true, fields: [Self.form], body: body)
                #expect(answer.status == 403, "\(body)")
            }
            let other = try await site.ask("POST \(path)", as: "admin", basic: true, body: "csrf=1")
            #expect(other.status == 415)
            #expect(try await site.ask("POST \(path)", fields: [Self.form], body: "").status == 401)
        }
    }

    @Test(
        "A button that comes too late says what to do",
        arguments: ["/backups/dump_20260316-023000/verify", "/runs/999/cancel"])
    func late(path: String) async throws {
        try await WebSite.with { site in
            let page = try await site.ask("GET /", as: "admin", basic: true)
            let proof = try #require(Self.proof(in: page.body))
            let answer = try await site.ask(
                "POST \(path)", as: "admin", basic: true, fields: [Self.form, Self.accept], body: "csrf=\(proof)")
            #expect(answer.status == 404)
            #expect(PageMarkup(answer.body).sins == [])
            #expect(answer.body.contains("<p class=\"remedy\">"))
        }
    }

    @Test("A sample is sent at the press of a button, and the page says what came of it")
    func sample() async throws {
        // A port that no program of a user may listen on.
        let channel = [
            "notify:", "  - webhook: \"http://127.0.0.1:1/hook\"", "    name: ops", "    allow_private: true",
            "    secret: whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        ]
        try await WebSite.with(more: channel) { site in
            let page = try await site.ask("GET /notifications", as: "admin", basic: true)
            #expect(page.status == 200)
            #expect(PageMarkup(page.body).sins == [])
            #expect(page.body.contains("webhook, 127.0.0.1"))
            #expect(!page.body.contains("/hook"))
            let proof = try #require(Self.proof(in: page.body))
            let answer = try await site.ask(
                "POST /channels/ops/test", as: "admin", basic: true, fields: [Self.form, Self.accept],
                body: "csrf=\(proof)")
            #expect(answer.status == 303)
            #expect(answer.fields["location"] == "/notifications")
            let after = try await site.ask("GET /notifications", as: "read", basic: true)
            #expect(after.body.contains("Sample not delivered: "))
            #expect(PageMarkup(after.body).all("form").isEmpty)
            let api = try await site.ask("POST /api/v1/channels/ops/test", as: "admin", body: "")
            #expect(api.status == 200)
            #expect(api.body.contains(#""isDelivered":false"#))
            let none = try await site.ask("POST /api/v1/channels/ops/retry", as: "admin", body: "")
            #expect(none.body == #"{"channel":"ops","retried":0}"# + "\n")
        }
    }

    @Test("HEAD says how long a page is, and sends none of it")
    func head() async throws {
        try await WebSite.with { site in
            let answer = try await site.ask("HEAD /databases/shop", as: "read", basic: true)
            #expect(answer.status == 200)
            #expect((Int(answer.fields["content-length"] ?? "") ?? 0) > 10_000)
            #expect(answer.body.isEmpty)
        }
    }
}
