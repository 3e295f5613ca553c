/// A service that has a SQLite database behind an HTTP API. The raw values stand in configurations and manifests.
package enum RemoteService: String, Sendable, Codable, CaseIterable {
    case starbasedb, d1, libsql

    /// As people write it.
    package var title: String {
        switch self {
        case .starbasedb: "StarbaseDB"
        case .d1: "Cloudflare D1"
        case .libsql: "libSQL"
        }
    }
}
