import Model
import SQLite
import Testing

@testable import Remote

@Suite struct SchemaReadingTests {
    private static let script = """
        CREATE TABLE plain(a, b);
        CREATE TABLE own("the id" INTEGER PRIMARY KEY, a);
        CREATE TABLE down(id INTEGER PRIMARY KEY DESC, a);
        CREATE TABLE hidden(rowid, _rowid_ AS (rowid), a);
        CREATE TABLE unnamed(rowid, _rowid_, oid);
        CREATE TABLE pair(a TEXT COLLATE NOCASE, b, "c,d" CHECK(a > 1), PRIMARY KEY("c,d" COLLATE RTRIM, b DESC, a))
          WITHOUT ROWID;
        CREATE TABLE word(w TEXT PRIMARY KEY DESC COLLATE NOCASE, x) WITHOUT ROWID;
        CREATE TABLE computed(a, b AS (a + 1), c AS (a + 2) STORED, d);
        CREATE VIRTUAL TABLE f USING fts5(body);
        CREATE TABLE counted(id INTEGER PRIMARY KEY AUTOINCREMENT);
        CREATE INDEX plain_a ON plain(a); CREATE VIEW all_plain AS SELECT * FROM plain;
        CREATE TRIGGER plain_insert AFTER INSERT ON plain BEGIN DELETE FROM own; END;
        """

    private static func names(_ objects: [Manifest.SchemaObject]) -> [String] { objects.map(\.name.description) }

    @Test("Columns and keys of tables of all kinds are found")
    func keys() throws {
        try withLocalRemote(Self.script) { remote, _ in
            let tables = try remote.schema().tables
            func key(_ name: String) -> RemoteTable.Key? { tables.first { $0.name == SQLText(name) }?.key }
            #expect(key("plain") == .rowid(name: "rowid"))
            #expect(key("own") == .rowid(name: "the id"))
            #expect(key("down") == .rowid(name: "rowid"))
            #expect(key("hidden") == .rowid(name: "oid"))
            #expect(key("unnamed") == .whole)
            #expect(
                key("pair")
                    == .columns([
                        .init(index: 2, collation: "RTRIM"), .init(index: 1, isDescending: true),
                        .init(index: 0, collation: "NOCASE"),
                    ]))
            #expect(key("word") == .columns([.init(index: 0, collation: "NOCASE", isDescending: true)]))
            #expect(tables.first { $0.name == "computed" }?.columns.map(\.name) == ["a", "d"])
            #expect(tables.first { $0.name == "own" }?.integerPrimaryKey == 0)
            #expect(tables.first { $0.name == "down" }?.integerPrimaryKey == nil)
            #expect(tables.filter(\.isShadow).count == 5)
            #expect(key("sqlite_sequence") == .rowid(name: "rowid"))
        }
    }

    /// Whoever took rows for the same that the table tells apart would skip some.
    @Test("The order of a key is not coarser than the table's own, however the constraints are written")
    func constraints() throws {
        let script = """
            CREATE TABLE beside(a TEXT, b, UNIQUE(a COLLATE NOCASE, b) PRIMARY KEY(a) CHECK(a COLLATE NOCASE <> 'x'))
              WITHOUT ROWID;
            CREATE TABLE twice(a TEXT, b, PRIMARY KEY(a, b, a COLLATE NOCASE)) WITHOUT ROWID;
            CREATE TABLE only(a INTEGER, b, PRIMARY KEY(a COLLATE NOCASE)) WITHOUT ROWID;
            INSERT INTO beside VALUES ('k', 1), ('K', 2); INSERT INTO twice VALUES ('k', 1), ('K', 1);
            INSERT INTO only VALUES ('k', 1), ('K', 2);
            """
        try withLocalRemote(script) { remote, _ in
            let beside = try remote.table("beside")
            #expect(beside.key == .columns([.init(index: 0)]))
            let twice = try remote.table("twice")
            #expect(twice.key == .columns([.init(index: 0), .init(index: 1)]))
            let only = try remote.table("only")
            #expect(only.key == .columns([.init(index: 0)]))
            for table in [beside, twice, only] {
                let read = try remote.rows(of: table, chunkRows: 1).rows
                #expect(read.count == 2)
            }
        }
    }

    @Test("A service that answers few PRAGMAs shows the same tables")
    func fewPragmas() throws {
        try withLocalRemote(Self.script) { remote, _ in
            let full = try remote.schema()
            remote.refusal = { sql in
                let isAllowed = !sql.contains("PRAGMA") || sql.contains("table_info")
                return isAllowed && !sql.contains("sqlite_version")
                    ? nil : RemoteError(.statement, "not authorized: SQLITE_AUTH")
            }
            let poor = try remote.schema()
            #expect(poor.tables == full.tables)
            #expect(poor.fingerprint == full.fingerprint)
            #expect(poor.objects == full.objects)
            #expect(poor.sqliteVersion == nil)
            #expect(poor.pageSize == nil)
            #expect(full.pageSize != nil)
        }
    }

    @Test("The text encoding is known, and names are UTF-8 in any", arguments: ["UTF-8", "UTF-16le", "UTF-16be"])
    func encodings(encoding: String) throws {
        try withLocalRemote("PRAGMA encoding='\(encoding)'; CREATE TABLE \"ü 😀\"(a)") { remote, _ in
            let schema = try remote.schema()
            #expect(schema.encoding == encoding)
            #expect(schema.objects.map(\.name) == ["ü 😀"])
            #expect(schema.tables.map(\.name) == ["ü 😀"])
        }
    }

    @Test("What a pattern names is left out with all that belongs to it")
    func exclusion() throws {
        try withLocalRemote(Self.script) { remote, _ in
            let schema = try remote.schema(exclude: ["PLAIN", "f", "sqlite_*"])
            #expect(schema.excluded.count == 7)
            let left = Set(Self.names(schema.objects))
            #expect(left.isDisjoint(with: ["plain", "plain_a", "plain_insert", "f", "f_data"]))
            #expect(left.isSuperset(of: ["all_plain", "sqlite_sequence", "own"]))
            #expect(schema.virtualTables.isEmpty)
            #expect(!schema.tables.contains { $0.isShadow })
        }
    }

    @Test("Sequences of tables that are left out are not read", arguments: ["UTF-8", "UTF-16le", "UTF-16be"])
    func sequences(encoding: String) throws {
        let script = """
            PRAGMA encoding='\(encoding)';
            CREATE TABLE kept(id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO kept VALUES (7);
            CREATE TABLE "tmp_it's ü"(id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO "tmp_it's ü" VALUES (8);
            INSERT INTO sqlite_sequence VALUES ('TMP_IT''S ü', 1), (NULL, 2), (x'61', 3), (4, 4);
            """
        try withLocalRemote(script) { remote, database in
            let tables = try remote.schema(exclude: ["tmp_*"]).tables
            let table = try #require(tables.first { $0.name == "sqlite_sequence" })
            let read = try remote.rows(of: table).rows.map(\.values)
            let stored = try database.rows("SELECT name, seq FROM sqlite_sequence WHERE seq <> 8 ORDER BY rowid")
            #expect(read == stored)
            let count = try RowCount.of(table, remote.caller())
            #expect(count == 5)
            let whole = try remote.table("sqlite_sequence")
            #expect(whole.condition == nil)
        }
    }

    @Test("What is little and took too long is asked for again, a few times")
    func slow() throws {
        try withLocalRemote(Self.script) { remote, _ in
            let expected = try remote.schema().fingerprint
            let before = remote.queries
            for number in stride(from: 1, through: 100, by: 3) {
                remote.failures[before + number] = RemoteError(.tooSlow, "exceeded its time")
            }
            let fingerprint = try RemoteSchema.read(remote.caller(attempts: 3), exclude: []).fingerprint
            #expect(fingerprint == expected)
            remote.refusal = { $0.contains("table_xinfo") ? RemoteError(.tooSlow, "exceeded its time") : nil }
            let error = #expect(throws: RemoteError.self) {
                _ = try RemoteSchema.read(remote.caller(attempts: 3), exclude: [])
            }
            #expect(error?.kind == .tooSlow)
        }
    }

    @Test("A virtual table whose data may not be read is left out, and the notes say so")
    func refusedShadow() throws {
        try withLocalRemote(Self.script) { remote, _ in
            remote.refusal = { sql in
                sql.contains("SELECT 1 FROM \"f_data\"") || sql.contains("SELECT 1 FROM \"sqlite_sequence\"")
                    ? RemoteError(.statement, "not authorized: SQLITE_AUTH") : nil
            }
            let schema = try remote.schema()
            #expect(schema.virtualTables.isEmpty)
            #expect(!Self.names(schema.objects).contains { $0 == "f" || $0.hasPrefix("f_") })
            #expect(Self.names(schema.objects).contains("sqlite_sequence"))
            #expect(!schema.tables.contains { $0.isShadow || $0.name == "sqlite_sequence" })
            #expect(schema.notes.count == 2)
            #expect(schema.notes.contains { $0.contains("Virtual table f is missing") })
            #expect(schema.notes.allSatisfy { $0.contains("not authorized") })
        }
    }

    @Test("A table that may not be read is an error that names it and the way out")
    func refusedTable() throws {
        try withLocalRemote("CREATE TABLE _cf_KV(k, v); CREATE TABLE t(a)") { remote, _ in
            remote.refusal = { sql in
                sql.contains("PRAGMA") && sql.contains("\"_cf_KV\"") ? RemoteError(.statement, "not authorized") : nil
            }
            let error = #expect(throws: NightjarError.self) { _ = try remote.schema() }
            #expect(error?.message.contains("_cf_KV") == true)
            #expect(error?.hint?.contains("exclude") == true)
            let tables = try remote.schema(exclude: ["_cf_*"]).tables
            #expect(tables.map(\.name) == ["t"])
        }
    }

    @Test("A name that is not UTF-8 is an error, unless it is excluded")
    func notUTF8() throws {
        try withLocalRemote("CREATE TABLE t(a)") { remote, database in
            let sql = Array("CREATE TABLE \"odd".utf8) + [0xFF] + Array("\"(a)".utf8)
            _ = try database.prepare(sql).step()
            let error = #expect(throws: NightjarError.self) { _ = try remote.schema() }
            #expect(error?.message.contains("not UTF-8") == true)
            let tables = try remote.schema(exclude: ["odd*"]).tables
            #expect(tables.map(\.name) == ["t"])
        }
    }

    @Test("The fingerprint moves with the schema, and not with what is excluded")
    func fingerprint() throws {
        try withLocalRemote(Self.script) { remote, database in
            func fingerprintOfObjects() throws -> String {
                try RemoteSchema.objectsFingerprint(remote.caller(), exclude: [Glob("tmp_*")])
            }
            let before = try remote.schema(exclude: ["tmp_*"])
            let objectsBefore = try fingerprintOfObjects()
            #expect(objectsBefore == before.objectsFingerprint)
            try database.execute("CREATE TABLE tmp_cache(a); INSERT INTO plain VALUES (1, 2)")
            let same = try remote.schema(exclude: ["tmp_*"]).fingerprint
            #expect(same == before.fingerprint)
            let objectsSame = try fingerprintOfObjects()
            #expect(objectsSame == objectsBefore)
            try database.execute("ALTER TABLE plain ADD COLUMN c")
            let other = try remote.schema(exclude: ["tmp_*"]).fingerprint
            #expect(other != before.fingerprint)
            let objectsOther = try fingerprintOfObjects()
            #expect(objectsOther != objectsBefore)
        }
    }
}
