import Model
import SQLite

/// The catalog's schema, and the way there from every earlier one.
enum Migrations {
    /// `NJCT`: <https://www.sqlite.org/fileformat.html#application_id>
    static let applicationID: Int64 = 0x4E4A_4354

    /// The step at index `n` leads from version `n` to `n + 1`. A step that has been released never changes, and a new
    /// raw value of an enumeration needs a step too, which may be empty: it keeps an earlier nightjar, which would not
    /// know that value, from the catalog.
    ///
    /// Times are seconds since 1970, ids of backups text, enumerations their raw values.
    static let steps = [version1, version2, version3, version4, version5, version6, version7]

    /// The version that this nightjar writes, in `PRAGMA user_version`.
    static var version: Int64 { Int64(steps.count) }

    /// Brings the schema up to date, each step in a transaction of its own.
    static func run(on database: Database, at now: Timestamp, steps: [String] = Migrations.steps) throws {
        while try reached(by: database) < steps.count {
            try database.transaction {
                // Another process may have been quicker.
                let version = try reached(by: database)
                guard version < steps.count else { return }
                try database.execute(steps[version])
                if version == 0 {
                    try database.execute("PRAGMA application_id=\(applicationID)")
                    try database.perform(
                        "INSERT INTO meta (key, value) VALUES (?, ?)",
                        [.text(MetaKey.createdAt.rawValue), .text(String(now.seconds))])
                }
                try database.execute("PRAGMA user_version=\(version + 1)")
            }
        }
    }

    private static func reached(by database: Database) throws -> Int {
        Int(try database.integer("PRAGMA user_version") ?? 0)
    }
}
