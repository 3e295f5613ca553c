import Model

/// Where the rows of a database come from.
package enum DatabaseSource: Sendable, Equatable {
    /// A SQLite file's absolute path.
    case sqlite(path: String)
    case remote(RemoteSettings)

    /// For people, on one line: a path, or a service and where it is. Holds no secret.
    package var shown: String {
        switch self {
        case .sqlite(let path): Wording.path(path)
        case .remote(let settings): settings.shown
        }
    }
}

/// How a database behind an HTTP API is reached.
package struct RemoteSettings: Sendable, Equatable {
    package enum Place: Sendable, Equatable {
        /// The base URL, without a slash at its end: https, or http on this machine itself.
        case starbasedb(url: String)
        /// The ids of the account and of the database, and the API's base URL.
        case d1(account: String, database: String, url: String)
        case libsql(url: String)
    }

    package static let cloudflareURL = "https://api.cloudflare.com/client/v4"
    package static let standardRereads = 2

    package var place: Place
    /// nil where a libSQL server asks for none.
    package var token: Secret?
    /// A PEM file of certificate authorities in place of the system's; absolute.
    package var caFile: String?
    /// How often what has changed while it was read is read again, 0 to 10; with 0 nothing is looked at twice.
    package var rereads: Int

    package init(place: Place, token: Secret?, caFile: String? = nil, rereads: Int = standardRereads) {
        self.place = place
        self.token = token
        self.caFile = caFile
        self.rereads = rereads
    }

    package var service: RemoteService {
        switch place {
        case .starbasedb: .starbasedb
        case .d1: .d1
        case .libsql: .libsql
        }
    }

    package var url: String {
        switch place {
        case .starbasedb(let url), .d1(_, _, let url), .libsql(let url): url
        }
    }

    /// `StarbaseDB at app.example.workers.dev`, `Cloudflare D1 01234567-89ab-cdef-0123-456789abcdef`
    package var shown: String {
        switch place {
        case .d1(_, let database, _): "\(service.title) \(database)"
        case .starbasedb(let url), .libsql(let url): "\(service.title) at \(Self.withoutScheme(url))"
        }
    }

    private static func withoutScheme(_ url: String) -> String {
        url.firstRange(of: "://").map { String(url[$0.upperBound...]) } ?? url
    }

    /// `rereads` where they count: nil where all is read in one transaction.
    package var countedRereads: Int? { service == .libsql ? nil : rereads }

    /// For people: how the rows are read so that a backup can say what it proves.
    package var readingWords: String {
        guard let rereads = countedRereads else { return "read in one transaction" }
        if rereads == 0 { return "read once, and not checked for changes meanwhile" }
        let more = rereads == 1 ? "once more" : "up to \(rereads) times more"
        return "read twice, and what changed meanwhile \(more)"
    }
}
