import Model

/// Where the rows of a database come from.
package enum DatabaseSource: Sendable, Equatable {
    /// A SQLite file's absolute path.
    case sqlite(path: String)
    case remote(RemoteSettings)
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
}
