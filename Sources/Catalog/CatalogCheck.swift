import Model
import SQLite

/// A file that is no catalog, or no longer one.
struct CatalogDamage: Error {
    let reason: String
}

/// Whether a file is what this program wrote.
enum CatalogCheck {
    /// The version of the catalog's schema; 0 for an empty database.
    /// - Parameter isThorough: whether all pages are looked at, too.
    /// - Throws: `CatalogDamage` where the file is to blame; `SQLiteError` where the machine is.
    static func version(of database: Database, isThorough: Bool) throws -> Int64 {
        do {
            try database.execute("PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON")
            let owner = try database.integer("PRAGMA application_id") ?? 0
            let version = try database.integer("PRAGMA user_version") ?? 0
            let objects = try database.integer("SELECT count(*) FROM sqlite_schema") ?? 0
            if owner == 0 && version == 0 && objects == 0 { return 0 }
            guard owner == Migrations.applicationID else {
                throw CatalogDamage(reason: "it is the database of another application")
            }
            guard (1...9999).contains(version) else {
                throw CatalogDamage(reason: "its version cannot be \(version)")
            }
            if version > Migrations.version { return version }
            try checkHeader(database)
            if isThorough { try checkPages(database) }
            try checkSchema(database, version)
            return version
        } catch let error as SQLiteError where error.isNotADatabase || error.isCorrupt || error.isAboutTheSchema {
            throw CatalogDamage(reason: error.message)
        }
    }

    /// A damaged format number would make SQLite read-only, which would look like missing rights.
    /// <https://www.sqlite.org/fileformat.html#file_format_version_numbers>
    private static func checkHeader(_ database: Database) throws {
        guard let header = database.fileHeader(), header[18] <= 2, header[19] <= 2 else {
            throw CatalogDamage(reason: "its header is not one that SQLite writes")
        }
    }

    /// Indexes, too: one that lacks an entry fails the first change that needs it.
    /// <https://www.sqlite.org/pragma.html#pragma_integrity_check>
    private static func checkPages(_ database: Database) throws {
        let finding = try database.text("PRAGMA integrity_check(1)") ?? "integrity_check says nothing"
        guard finding == "ok" else { throw CatalogDamage(reason: finding) }
    }

    /// Tables, columns and indexes that its version has, which the way to the next one builds on; others do not matter.
    private static func checkSchema(_ database: Database, _ version: Int64) throws {
        let sample = try Database.inMemory()
        try Migrations.run(
            on: sample, at: Timestamp(seconds: 0), steps: Array(Migrations.steps.prefix(Int(version))))
        let missing = try parts(of: sample).subtracting(parts(of: database))
        guard missing.isEmpty else {
            throw CatalogDamage(reason: "its schema lacks \(missing.sorted().joined(separator: ", "))")
        }
    }

    private static func parts(of database: Database) throws -> Set<String> {
        let names = try database.select(
            """
            SELECT object.type || ' ' || object.name || coalesce('.' || part.name, '')
            FROM sqlite_schema AS object LEFT JOIN pragma_table_info(object.name) AS part
            """
        ) { columns in try columns.text() }
        return Set(names)
    }
}

extension SQLiteError {
    /// `SQLITE_ERROR`: an unknown file format, or a table or column that is not there.
    fileprivate var isAboutTheSchema: Bool { primaryCode == 1 }
}
