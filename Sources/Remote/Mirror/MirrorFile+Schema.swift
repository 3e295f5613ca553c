import Dump
import Model
import SQLite

/// The objects of the schema, in the order in which a dump makes them.
extension MirrorFile {
    private static func isSystem(_ object: Manifest.SchemaObject) -> Bool {
        object.name.hasPrefixIgnoringCase("sqlite_")
    }

    func makeTables() throws {
        for object in schema.objects where object.type == "table" && !Self.isSystem(object) && !object.isVirtualTable {
            do {
                try make(object)
            } catch let error as SQLiteError where error.primaryCode == 1 {
                throw NightjarError(
                    .io,
                    "the SQLite \(SQLiteLibrary.version) of this machine cannot make table \(object.name): "
                        + error.message,
                    hint: "The service has another SQLite. Leave the table out with `exclude: [\(object.name)]`.",
                    cause: error)
            }
        }
    }

    /// sqlite_sequence and the tables of ANALYZE, which SQLite itself has to make.
    func makeSystemTables() throws {
        let names = Set(schema.objects.filter { $0.type == "table" }.map(\.name.folded))
        if names.contains("sqlite_sequence"), try !has("sqlite_sequence") {
            var name = "nightjar_sequence"
            while names.contains(SQLText(name)) { name += "_" }
            try database.execute("CREATE TABLE \(name)(a INTEGER PRIMARY KEY AUTOINCREMENT); DROP TABLE \(name)")
        }
        guard names.contains(where: { $0.hasPrefixIgnoringCase("sqlite_stat") }) else { return }
        try database.execute("ANALYZE main.sqlite_master")
        for name in ["sqlite_stat1", "sqlite_stat4"] where !names.contains(SQLText(name)) {
            try database.execute("DROP TABLE IF EXISTS main.\(name)")
        }
    }

    /// Their shadow tables are there already; creating them would make these anew.
    func makeVirtualTables() throws {
        let objects = schema.objects.filter { $0.isVirtualTable }
        guard !objects.isEmpty else { return }
        try database.execute("PRAGMA writable_schema=ON")
        for object in objects {
            _ = try database.rows(
                "INSERT INTO main.sqlite_master(type, name, tbl_name, rootpage, sql) VALUES ('table', ?1, ?2, 0, ?3)",
                .text(object.name.bytes), .text(object.table.bytes), .text(object.sql.bytes))
        }
        try database.execute("PRAGMA writable_schema=OFF")
    }

    /// Views, indexes and triggers.
    /// - Returns: Tables whose rows a UNIQUE index refuses.
    func makeOthers(_ notes: inout [String]) throws -> [(index: Int, error: SQLiteError)] {
        var refused: [(index: Int, error: SQLiteError)] = []
        for type in ["view", "index", "trigger"] {
            for object in schema.objects where object.type == type {
                try check()
                do {
                    try make(object)
                } catch let error as SQLiteError where error.isConstraint {
                    if database.hasStandIns {
                        try makePlain(object)
                    } else if let table = index(of: object.table) {
                        refused.append((table, error))
                    } else {
                        throw error
                    }
                } catch let error as SQLiteError where error.primaryCode == 1 {
                    notes.append(
                        "\(object.type) \(object.name): left out, because the SQLite \(SQLiteLibrary.version) of this "
                            + "machine does not understand it (\(error.message)): \(object.sql)")
                }
            }
        }
        return refused
    }

    /// The place of a table in the stage.
    func index(of table: SQLText) -> Int? { stage.tables.firstIndex { $0.name.folded == table.folded } }

    // MARK: Objects

    private func make(_ object: Manifest.SchemaObject) throws {
        _ = try database.prepare(object.sql.bytes).step()
        // SQLite stores the statement up to its end, and writes its first words itself.
        let stored = try database.prepare("SELECT sql FROM main.sqlite_master WHERE type = ?1 AND name = ?2")
        try stored.bind(.text(object.type), at: 1)
        try stored.bind(.text(object.name.bytes), at: 2)
        let isSame = try stored.step() && stored.utf8(at: 0) == object.sql.bytes
        stored.reset()
        if !isSame { try setText(of: object, to: object.sql) }
    }

    /// A UNIQUE index whose keys look alike only because a function or collation that SQLite lacks is stood in for.
    private func makePlain(_ object: Manifest.SchemaObject) throws {
        var plain = object
        plain.sql = SchemaStatement.withoutUnique(object.sql)
        try make(plain)
        try setText(of: object, to: object.sql)
    }

    /// Gives an object other text; the schema is read anew.
    func setText(of object: Manifest.SchemaObject, to sql: SQLText) throws {
        try database.execute("PRAGMA writable_schema=ON")
        _ = try database.rows(
            "UPDATE main.sqlite_master SET sql = ?1 WHERE type = ?2 AND name = ?3", .text(sql.bytes),
            .text(object.type), .text(object.name.bytes))
        try database.execute("PRAGMA writable_schema=RESET")
    }

    private func has(_ table: String) throws -> Bool {
        try !database.rows("SELECT 1 FROM main.sqlite_master WHERE type = 'table' AND name = ?1", .text(table)).isEmpty
    }
}
