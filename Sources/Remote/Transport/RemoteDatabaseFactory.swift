import HTTPClient
import Model
import Settings

/// Makes the transport for a source.
package enum RemoteDatabaseFactory {
    /// - Parameter client: one that trusts `settings.caFile` where there is one.
    package static func make(_ settings: RemoteSettings, client: HTTPClient) -> any RemoteDatabase {
        switch settings.place {
        case .starbasedb(let url):
            return StarbaseDB(url: url, token: settings.token, client: client)
        case .d1(let account, let database, let url):
            return CloudflareD1(
                account: account, database: database, url: url, token: settings.token, client: client)
        case .libsql(let url):
            return LibSQL(url: url, token: settings.token, client: client)
        }
    }

    /// The host of a URL, and its port where that is not the usual one.
    static func place(of url: String) -> String {
        (try? TargetURL(url))?.place ?? HTTPRequest(url: url).host
    }
}

extension RemoteLimits {
    /// SQLite in one of Cloudflare's Durable Objects: https://developers.cloudflare.com/d1/platform/limits/.
    static let durableObject = RemoteLimits(statementBytes: 100_000, columns: 100, answerBytes: 32 << 20)

    /// What is taken of an answer: JSON's quotes and commas do not count as the service counts.
    var mostBytes: Int { answerBytes + answerBytes / 4 }
}
