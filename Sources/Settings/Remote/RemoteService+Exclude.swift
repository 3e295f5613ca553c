import Model

extension RemoteService {
    /// Patterns of tables that are left out unless a person says otherwise: what StarbaseDB keeps for itself, its log
    /// of queries among it, which each query changes; and what cannot be read.
    package var standardExclude: [String] {
        switch self {
        case .starbasedb: ["tmp_*"] + unreadable
        case .d1, .libsql: unreadable
        }
    }

    /// Patterns of tables that Cloudflare lets nobody read, whatever a person says.
    package var unreadable: [String] {
        switch self {
        case .starbasedb, .d1: ["_cf_*"]
        case .libsql: []
        }
    }
}
