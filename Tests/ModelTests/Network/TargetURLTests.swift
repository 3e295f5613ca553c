import Model
import Testing

@Suite("A URL that is called") struct TargetURLTests {
    @Test(
        "is taken apart",
        arguments: [
            ("https://example.com", "example.com", 443, "https://example.com/"),
            ("HTTPS://Example.COM/Path?Q=1", "example.com", 443, "https://example.com/Path?Q=1"),
            ("https://example.com:443/a", "example.com", 443, "https://example.com/a"),
            ("https://example.com:8443?x", "example.com", 8443, "https://example.com:8443/?x"),
            ("http://hooks_1.internal:9000/", "hooks_1.internal", 9000, "http://hooks_1.internal:9000/"),
            ("https://93.184.216.34/", "93.184.216.34", 443, "https://93.184.216.34/"),
            ("https://[2606:2800:220:1::1]:8443/x", "2606:2800:220:1::1", 8443, "https://[2606:2800:220:1::1]:8443/x"),
            ("https://xn--bcher-kva.example/", "xn--bcher-kva.example", 443, "https://xn--bcher-kva.example/"),
        ])
    func parts(text: String, host: String, port: Int, whole: String) throws {
        let url = try TargetURL(text)
        #expect(url.host == host)
        #expect(url.port == port)
        #expect(url.text == whole)
    }

    @Test(
        "is refused where readers of URLs disagree, or it leads nowhere",
        arguments: [
            "", "example.com", "//example.com/", "ftp://example.com/", "file:///etc/passwd", "https:/example.com",
            "https://", "https:///path", "https://?x", "https://:443/", "https://.example.com/",
            "https://example.com./", "https://exa mple.com/", "https://example.com/\u{0}", "https://exämple.com/",
            "https://example.com/\r\nHost: x", "https://example.com\\@127.0.0.1/", "https://user@example.com/",
            "https://user:secret@example.com/", "https://example.com@127.0.0.1/", "https://example.com#@127.0.0.1/",
            "https://example.com/#part", "https://example.com:0/", "https://example.com:65536/",
            "https://example.com:/", "https://example.com:80:80/", "https://example.com:+443/",
            "https://example.com:４４３/", "https://%31%32%37.0.0.1/", "https://127.1/", "https://2130706433/",
            "https://0x7f000001/", "https://0x7f.0.0.1/", "https://0177.0.0.1/", "https://127.0.0.01/",
            "https://127.0.0.256/", "https://127.0.0.1./", "https://１２７.0.0.1/", "https://1.2.3.4.5/", "https://[::1/",
            "https://::1/", "https://[127.0.0.1]/", "https://[fe80::1%25eth0]/", "https://[::1]x/",
            "https://[::1]:x/", "https://example.com/{id}", "https://example.com/\"", "https://example.com/<x>",
        ])
    func refused(text: String) {
        #expect(throws: TargetRefusal.self) { try TargetURL(text) }
    }

    @Test("has at most 2048 bytes")
    func length() throws {
        let start = "https://example.com/"
        let longest = start + String(repeating: "a", count: 2048 - start.utf8.count)
        #expect(try TargetURL(longest).text == longest)
        #expect(throws: TargetRefusal.self) { try TargetURL(longest + "a") }
    }

    @Test("shows no more of itself than its host")
    func secrecy() throws {
        let url = try TargetURL("https://example.com/services/T0/B0/secret?token=secret")
        #expect(!"\(url)".contains("secret"))
    }

    @Test(
        "is followed as RFC 3986 has it",
        arguments: [
            ("https://other.example/x", "https://other.example/x"),
            ("//other.example/x", "https://other.example/x"),
            ("/x?y#part", "https://example.com:8443/x?y"),
            ("x", "https://example.com:8443/a/x"),
            ("?y=2", "https://example.com:8443/a/b?y=2"),
            ("http://127.0.0.1/", "http://127.0.0.1/"),
        ])
    func following(location: String, target: String) throws {
        #expect(try TargetURL("https://example.com:8443/a/b?y=1").following(location).text == target)
    }

    @Test(
        "is not followed to what is no URL of the web",
        arguments: ["javascript:alert(1)", "file:///etc/passwd", "///x"])
    func notFollowed(location: String) throws {
        let url = try TargetURL("https://example.com/a")
        #expect(throws: TargetRefusal.self) { try url.following(location) }
    }
}
