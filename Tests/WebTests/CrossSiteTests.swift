import HTTPTypes
import HummingbirdCore
import Settings
import Testing

@testable import Web

@Suite("Requests that other sites cause")
struct CrossSiteTests {
    @Test(
        "are known by what the browser says of them",
        arguments: [
            ("Sec-Fetch-Site", "same-origin", false), ("Sec-Fetch-Site", "none", false),
            ("Sec-Fetch-Site", "same-site", true), ("Sec-Fetch-Site", "cross-site", true),
            ("Origin", "http://backups.example.org", false), ("Origin", "https://Backups.example.org", false),
            ("Origin", "https://public.example.org:8443", false), ("Origin", "https://public.example.org", true),
            ("Origin", "https://backups.example.org.evil.example", true), ("Origin", "null", true),
            ("Referer", "https://evil.example/page", true), ("Referer", "about:blank", true),
            ("Referer", "http://backups.example.org.evil.example/", true),
            ("Referer", "http://backups.example.org@evil.example/", true),
            ("Referer", "http://backups.example.org/databases/shop", false),
            ("Referer", "https://Public.example.org:8443/?page=2", false), ("User-Agent", "curl", false),
        ])
    func marks(field: String, value: String, expected: Bool) {
        let request = makeRequest(.post, "/runs/1/cancel", [.of(field): value])
        #expect(CrossSite.isSuspected(request, publicURL: "https://public.example.org:8443") == expected)
    }

    @Test("the browser's own word counts more than the name it uses")
    func proxyRenames() {
        let fields: HTTPFields = [.of("Sec-Fetch-Site"): "same-origin", .origin: "https://other.example"]
        #expect(!CrossSite.isSuspected(makeRequest(.post, "/", fields), publicURL: nil))
    }

    @Test("the origin counts more than the page that the request comes from")
    func origin() {
        let fields: HTTPFields = [.origin: "https://evil.example", .referer: "http://backups.example.org/"]
        #expect(CrossSite.isSuspected(makeRequest(.post, "/", fields), publicURL: nil))
    }

    @Test(
        "matter where they could change something",
        arguments: [
            (.get, "/", false), (.head, "/runs/1", false), (.options, "/", false),
            (.post, "/runs/1/cancel", true), (.delete, "/api/v1/runs/1", true), (.get, "/export/dump", true),
            (.get, "/export/dump?database=shop", true), (.get, "//export//dump/", true),
            (.get, "/export/dump/status/dump_20260315-023000", false),
        ] as [(HTTPRequest.Method, String, Bool)])
    func matters(method: HTTPRequest.Method, path: String, expected: Bool) {
        #expect(CrossSite.matters(makeRequest(method, path)) == expected)
    }

    @Test("links outside of pages begin with the configured address, or with what the client asked for")
    func baseURL() {
        let context = makeContext()
        var settings = HTTPSettings()
        #expect(BaseURL.of(makeRequest(host: "a:8630"), context, settings) == "http://a:8630")
        #expect(
            BaseURL.of(makeRequest(host: "[::1]:8630"), makeContext(isSecure: true), settings) == "https://[::1]:8630")
        #expect(BaseURL.of(makeRequest(host: "a/b?c"), context, settings) == "http://localhost")
        #expect(BaseURL.of(makeRequest(host: nil), context, settings) == "http://localhost")
        settings.publicURL = "https://public.example.org"
        #expect(BaseURL.of(makeRequest(host: "a:8630"), context, settings) == "https://public.example.org")
    }
}
