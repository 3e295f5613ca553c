import Appliance
import Model
import Settings
import Testing

@Suite("What a callback is told") struct CallbackBodyTests {
    @Test("The proposal's fields, when the dump is there")
    func completed() throws {
        let id = try #require(BackupID("dump_20240315-123456"))
        let end = try #require(Timestamp("2024-03-15T12:45:00Z"))
        let body = try CallbackBody.completed(
            id, format: .sql, size: 1_048_576, at: end, base: "https://starbasedb.example.org")
        #expect(
            body == """
                {"completedAt":"2024-03-15T12:45:00Z","downloadUrl":"https://starbasedb.example.org/export/dump/download/\
                dump_20240315-123456.sql","dumpId":"dump_20240315-123456","format":"sql","size":1048576,\
                "status":"completed"}
                """)
    }

    @Test("The format, and the extension that goes with it", arguments: DumpFormat.allCases)
    func formats(format: DumpFormat) throws {
        let id = try #require(BackupID("dump_20240315-123456"))
        let end = try #require(Timestamp("2024-03-15T12:45:00Z"))
        let body = try CallbackBody.completed(id, format: format, size: 1, at: end, base: "https://b.example.org")
        #expect(body.contains(#""format":"\#(format.rawValue)""#))
        #expect(body.contains("/export/dump/download/dump_20240315-123456.\(format.rawValue)\""))
    }

    @Test("Why there is none, when it failed")
    func failed() throws {
        let id = try #require(BackupID("dump_20240315-123456"))
        let end = try #require(Timestamp("2024-03-15T12:45:00Z"))
        #expect(
            try CallbackBody.failed(id, error: "cancelled", at: end) == """
                {"dumpId":"dump_20240315-123456","error":"cancelled","failedAt":"2024-03-15T12:45:00Z","status":"failed"}
                """)
    }

    @Test("URLs begin with public_url, or the address at which the daemon listens")
    func base() {
        #expect(DownloadAddress.base(of: HTTPSettings(publicURL: "https://b.example.org")) == "https://b.example.org")
        #expect(DownloadAddress.base(of: HTTPSettings()) == "http://127.0.0.1:8630")
        #expect(DownloadAddress.base(of: HTTPSettings(listen: .tcp(host: "::1", port: 80))) == "http://[::1]:80")
        #expect(DownloadAddress.base(of: HTTPSettings(listen: .unix(path: "/run/x.sock"))) == "")
        #expect(DownloadAddress.base(of: HTTPSettings(listen: .off)) == "")
    }
}
