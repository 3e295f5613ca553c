import Foundation
import Testing

@testable import Web

/// The API of an appliance with one database, of which there is no backup.
@Suite("The API's routes") struct RouteTests {
    private static let id = "dump_20240315-123456"

    @Test("Lists and details are JSON")
    func reading() async throws {
        let paths = [
            "/api/v1/overview", "/api/v1/databases", "/api/v1/databases/shop", "/api/v1/databases/shop/backups",
            "/api/v1/backups", "/api/v1/backups?database=shop&limit=500&before=\(Self.id)", "/api/v1/runs",
            "/api/v1/runs?database=shop&limit=1&before=9223372036854775807", "/api/v1/verifications?before=1",
            "/api/v1/notifications",
        ]
        try await WebSite.with { site in
            for path in paths {
                let answer = try await site.ask("GET \(path)", as: "read")
                #expect(answer.status == 200, "\(path): \(answer.body)")
                #expect(answer.fields["content-type"] == "application/json", "\(path)")
                #expect(try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) is [String: Any], "\(path)")
            }
            #expect(try await site.ask("GET /api/v1/runs", as: "read").body == "{\"runs\":[]}\n")
            #expect(try await site.ask("GET /api/v1/backups", as: "read").body == "{\"backups\":[]}\n")
            #expect(try await site.ask("GET /api/v1/verifications", as: "read").body == "{\"verifications\":[]}\n")
        }
    }

    @Test("The description is served")
    func description() async throws {
        try await WebSite.with { site in
            let answer = try await site.ask("GET /openapi.yaml", as: "read")
            #expect(answer.status == 200)
            #expect(answer.fields["content-type"] == "application/yaml")
            #expect(answer.body.hasPrefix("openapi: 3.1.0\n"))
        }
    }

    @Test("What there is not, and what could not be, is not found")
    func missing() async throws {
        let requests = [
            "GET /api/v1/databases/none", "GET /api/v1/databases/..%2f..%2fetc", "GET /api/v1/databases/none/backups",
            "GET /api/v1/backups/\(Self.id)", "GET /api/v1/backups/x", "GET /api/v1/backups/..%2fx",
            "GET /api/v1/backups/\(Self.id)/download", "GET /api/v1/runs/1", "GET /api/v1/runs/0",
            "GET /api/v1/runs/01", "GET /api/v1/runs/99999999999999999999", "GET /api/v1/verifications/1",
            "GET /api/v1/verifications/-1",
            "GET /export/status/\(Self.id)", "GET /export/dump/status/\(Self.id)", "GET /export/dump/status/x",
            "GET /export/download/\(Self.id)", "GET /export/dump/download/\(Self.id).sql",
            "GET /export/dump/download/\(Self.id).csv", "GET /export/dump/download/\(Self.id).",
            "GET /export/download/\(Self.id).ndjson", "GET /export/dump/download/\(Self.id).csv.zip",
            "GET /export/dump/download/\(Self.id).csv?table=orders",
            "GET /api/v1/backups/\(Self.id)/download?table=orders", "GET /export/download/x",
            "DELETE /export/dump/\(Self.id)", "DELETE /export/dump/x", "DELETE /api/v1/runs/1",
            "POST /api/v1/databases/none/backup", "POST /api/v1/databases/none/accept",
            "POST /api/v1/backups/\(Self.id)/verify", "GET /api/v1/notifications/1", "GET /api/v1/notifications/x",
            "DELETE /api/v1/notifications/1", "POST /api/v1/notifications/1/retry", "POST /api/v1/channels/ops/test",
            "POST /api/v1/channels/ops/wake", "POST /api/v1/channels/ops/retry", "POST /api/v1/channels/..%2fops/retry",
        ]
        try await WebSite.with { site in
            for request in requests {
                let answer = try await site.ask(request, as: "admin", body: request.hasPrefix("GET") ? nil : "")
                #expect(answer.status == 404, "\(request): \(answer.status) \(answer.body)")
                #expect(answer.body.contains(#""error":"#), "\(request)")
            }
        }
    }

    @Test("Values that cannot be meant are refused, and named")
    func wrongValues() async throws {
        let requests = [
            ("GET /api/v1/runs?limit=0", "limit"), ("GET /api/v1/runs?limit=501", "limit"),
            ("GET /api/v1/runs?limit=", "limit"), ("GET /api/v1/runs?limit=ten", "limit"),
            ("GET /api/v1/runs?before=0", "before"), ("GET /api/v1/backups?before=7", "before"),
            ("GET /api/v1/backups?database=..", "database"), ("GET /api/v1/verifications?database=%2e", "database"),
            ("GET /export/dump?format=CSV", "format"), ("GET /export/dump?format=x", "format"),
            ("GET /export/dump?database=a%20b", "database"), ("GET /export/download/\(Self.id)?raw=2", "raw"),
        ]
        try await WebSite.with { site in
            for (request, word) in requests {
                let answer = try await site.ask(request, as: "export")
                #expect(answer.status == 422, "\(request): \(answer.status) \(answer.body)")
                #expect(answer.body.contains(word), "\(request): \(answer.body)")
            }
        }
    }

    @Test("A token may do what its scope says, and no more")
    func scopes() async throws {
        let forExport = [
            "POST /export/dump", "GET /export/dump", "DELETE /export/dump/\(Self.id)",
            "GET /export/download/\(Self.id)", "GET /export/dump/download/\(Self.id).sql",
            "GET /api/v1/backups/\(Self.id)/download", "GET /api/v1/backups/\(Self.id)/download?table=orders",
            "GET /export/dump/download/\(Self.id).csv?table=orders",
        ]
        let forAdmin = [
            "POST /api/v1/databases/shop/backup", "POST /api/v1/databases/shop/accept", "POST /api/v1/prune",
            "POST /api/v1/backups/\(Self.id)/verify", "DELETE /api/v1/runs/1", "DELETE /api/v1/notifications/1",
            "POST /api/v1/notifications/1/retry", "POST /api/v1/channels/ops/test", "POST /api/v1/channels/ops/retry",
            "POST /api/v1/channels/ops/wake",
        ]
        try await WebSite.with { site in
            for request in forExport + forAdmin {
                let body = request.hasPrefix("GET") ? nil : ""
                #expect(try await site.ask(request, as: "read", body: body).status == 403, "\(request)")
                let answer = try await site.ask(request, body: body)
                #expect(answer.status == 401, "\(request)")
            }
            for request in forAdmin {
                let body = request.hasPrefix("GET") ? nil : ""
                let answer = try await site.ask(request, as: "export", body: body)
                #expect(answer.status == 403, "\(request)")
            }
        }
    }

    @Test("Bodies are read strictly")
    func bodies() async throws {
        let json = "Content-Type: application/json"
        let cases = [
            ("/export/dump", json, "{", 400), ("/export/dump", "Content-Type: text/plain", "{}", 415),
            ("/export/dump", "X-Other: 1", "{}", 415), ("/export/dump", json, #"{"format": "xml"}"#, 422),
            ("/export/dump", json, #"{"callbackUrl": "http://example.com/"}"#, 422),
            ("/export/dump", json, #"{"callbackUrl": "https://127.0.0.1/"}"#, 422),
            ("/export/dump", json, #"{"callbackUrl": "https://169.254.169.254/"}"#, 422),
            ("/export/dump?callbackUrl=https%3A%2F%2F10.0.0.1%2F", "X-Other: 1", "", 422),
            ("/export/dump", json, #"{"database": "none"}"#, 404),
            ("/export/dump", "Content-Type: Application/JSON; charset=utf-8", "[]", 422),
            ("/api/v1/prune", json, #"{"dryrun": true}"#, 422), ("/api/v1/prune", json, #"{"dryRun": 1}"#, 422),
            ("/api/v1/databases/shop/accept", json, #"{"force": true}"#, 422),
            ("/api/v1/databases/shop/backup", json, #"{"verify": "some"}"#, 422),
            ("/api/v1/backups/\(Self.id)/verify", json, #"{"level": "none"}"#, 422),
            ("/api/v1/backups/\(Self.id)/verify", json, #"{"store": "nowhere"}"#, 422),
            ("/api/v1/backups/\(Self.id)/verify", json, #"{"store": "disk"}"#, 404),
            ("/api/v1/channels/ops/test", json, #"{"text": "hello"}"#, 422),
            ("/api/v1/notifications/1/retry", "Content-Type: text/plain", "{}", 415),
        ]
        try await WebSite.with(http: ["rate_limit: off"]) { site in
            for (path, field, body, status) in cases {
                let answer = try await site.ask("POST \(path)", as: "admin", fields: [field], body: body)
                #expect(answer.status == status, "\(path) \(body): \(answer.status) \(answer.body)")
            }
        }
    }

    @Test("A seventh export in a minute has to wait, and is told for how long")
    func rateLimit() async throws {
        try await WebSite.with { site in
            let fields = ["Content-Type: application/json"]
            for _ in 1...6 {
                #expect(try await site.ask("POST /export/dump", as: "export", fields: fields, body: "{").status == 400)
            }
            let seventh = try await site.ask("POST /export/dump", as: "export", fields: fields, body: "{}")
            #expect(seventh.status == 429)
            let wait = try #require(seventh.fields["retry-after"].flatMap { Int($0) })
            #expect((1...60).contains(wait))
            #expect(try await site.ask("GET /export/dump", as: "export").status == 429)
            let other = try await site.ask("POST /export/dump", as: "admin", fields: fields, body: "{")
            #expect(other.status == 400, "each token counts for itself")
        }
    }

    @Test("HEAD starts no export, and no answer says that it could")
    func head() async throws {
        try await WebSite.with { site in
            for method in ["HEAD", "PUT", "DELETE", "OPTIONS"] {
                let answer = try await site.ask(
                    "\(method) /export/dump", as: "export", body: method == "HEAD" ? nil : "")
                #expect(answer.status == 405)
                #expect(answer.fields["allow"] == "GET, POST", "\(method)")
            }
        }
    }

    @Test("Escapes in a path are decoded once, and lead nowhere that the plain text does not")
    func escapes() async throws {
        let requests = [
            ("GET /api/v1/databases/sh%6Fp", 200), ("GET /api/v1/databases/%73%68%6f%70/backups", 200),
            ("GET /databases/sh%6fp", 200), ("GET /api/v1/databases/sh%256Fp", 404),
            ("GET /api/v1/databases/%2e%2e", 404), ("GET /api/v1/databases/shop%2Fbackups", 404),
            ("GET /databases/..%2Fshop", 404), ("GET /api/v1/databases/sh%00op", 404),
            ("GET /api/v1/databases/%zz", 400), ("GET /api/v1/databases/shop%2", 400), ("GET /databases/%", 400),
            ("GET /api/v1/databases/%FF", 400), ("GET /api/v1/runs/%31", 404), ("GET /api/v1/runs/%3", 400),
            ("GET /runs/%g1", 400), ("GET /verifications/%.json", 400), ("GET /backups/%", 400),
            ("GET /export/status/dump%5F20240315-123456", 404), ("GET /export/status/%5", 400),
            ("GET /export/download/%5.sql", 400), ("DELETE /export/dump/%5", 400),
            ("POST /api/v1/databases/%/accept", 400),
        ]
        try await WebSite.with { site in
            for (request, status) in requests {
                let answer = try await site.ask(request, as: "admin", body: request.hasPrefix("GET") ? nil : "")
                #expect(answer.status == status, "\(request): \(answer.status) \(answer.body)")
            }
        }
    }
}
