import Model
import SQLite
import Settings
import Testing

@testable import Remote

@Suite("A remote source")
struct RemoteSourceTests {
    private static func source(_ place: RemoteSettings.Place) -> RemoteSource {
        RemoteSource(settings: RemoteSettings(place: place, token: Secret("only-for-the-service")), chunkRows: 100)
    }

    @Test("is told from others by where it stands, and tells nobody its token")
    func identities() {
        let sources = [
            Self.source(.starbasedb(url: "https://a.example")), Self.source(.starbasedb(url: "https://b.example")),
            Self.source(.libsql(url: "https://a.example")),
            Self.source(.d1(account: "a", database: "b", url: RemoteSettings.cloudflareURL)),
            Self.source(.d1(account: "a", database: "c", url: RemoteSettings.cloudflareURL)),
        ]
        #expect(Set(sources.map(\.identity)).count == sources.count)
        for source in sources {
            #expect(!source.identity.contains("only-for-the-service"))
            #expect(!source.name.contains("only-for-the-service"))
        }
    }

    @Test("says that the disk is full where its copy does not fit")
    func fullDisk() {
        let source = Self.source(.libsql(url: "https://a.example"))
        let full = source.explain(SQLiteError(code: 13, message: "database or disk is full", operation: "running"))
        #expect(full.code == .io)
        #expect(full.lacksSpace)
        #expect(full.isTransient)
        let interrupted = source.explain(SQLiteError(code: 9, message: "interrupted", operation: "running"))
        #expect(interrupted.code == .cancelled)
    }
}
