import Model
import SQLite

/// What the catalog keeps about itself and the appliance.
package enum MetaKey: String, Sendable, CaseIterable {
    /// When this catalog was made.
    case createdAt = "created_at"
    /// When retention last went through all databases.
    case lastPrune = "last_prune"
    /// When the catalog was last filled from the stores.
    case rebuiltAt = "rebuilt_at"
}

extension Catalog {
    /// Nil where it was never set.
    package func value(of key: MetaKey) throws -> String? {
        try read { database in
            try database.select("SELECT value FROM meta WHERE key = ?", [.text(key.rawValue)]) { columns in
                try columns.text()
            }.first
        }
    }

    /// - Parameter value: nil takes it away.
    package func setValue(_ value: String?, of key: MetaKey) throws {
        try write { database in
            guard let value else {
                return try database.perform("DELETE FROM meta WHERE key = ?", [.text(key.rawValue)])
            }
            try database.perform(
                """
                INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value
                """, [.text(key.rawValue), .text(value)])
        }
    }

    /// Nil where it was never set, or is no time.
    package func time(of key: MetaKey) throws -> Timestamp? {
        try value(of: key).flatMap { Int64($0) }.map { Timestamp(seconds: $0) }
    }

    package func setTime(_ time: Timestamp?, of key: MetaKey) throws {
        try setValue(time.map { String($0.seconds) }, of: key)
    }
}
