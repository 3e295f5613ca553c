import Foundation
import Model
import SQLite
import TestSupport
import Testing

@Suite("A backup is compared with the live database as it is now")
struct SourceComparisonTests {
    /// Something that an application does after the backup.
    struct Change: Sendable, CustomStringConvertible {
        let description: String
        let sql: String
        /// As `SourceAnswer.changes` has it.
        let expected: [String]
        /// What people read.
        let words: String

        init(_ description: String, _ sql: String, _ expected: [String], _ words: String) {
            self.description = description
            self.sql = sql
            self.expected = expected
            self.words = words
        }

        static let all: [Change] = [
            Change(
                "one row more", "INSERT INTO items(name) VALUES ('new')", ["items moreRows 400 401"],
                "3 tables unchanged, 1 changed since the backup made"),
            Change("one row fewer", "DELETE FROM notes WHERE id = 2", ["notes fewerRows 2 1"], ": notes -1 row\n"),
            Change(
                "one bit", "UPDATE notes SET text = 'girst' WHERE id = 1", ["notes contentChanged 2 2"],
                ": notes content changed\n"),
            Change(
                "another storage class", "UPDATE loose SET a = '1' WHERE a = 1", ["loose contentChanged 2 2"],
                ": loose content changed\n"),
            Change(
                "another rowid", "UPDATE loose SET rowid = 9 WHERE a = 2", ["loose contentChanged 2 2"],
                ": loose content changed\n"),
            Change(
                "other values in a stored generated column", recomputation, ["doubled contentChanged 2 2"],
                ": doubled content changed\n"),
            Change("a table that is gone", "DROP TABLE notes", ["notes gone 2 -"], ": notes gone\n"),
            Change(
                "a new table", "CREATE TABLE extra(a); INSERT INTO extra VALUES (1), (2), (3)", ["extra added - 3"],
                ": extra new\n"),
            Change(
                "another column", "ALTER TABLE notes ADD COLUMN more", ["notes contentChanged 2 2 redefined"],
                ": notes content changed, defined otherwise\n"),
            Change(
                "another name for a column", "ALTER TABLE notes RENAME COLUMN text TO words",
                ["notes unchanged 2 2 redefined"], ": notes defined otherwise\n"),
            Change(
                "a dropped index", "DROP INDEX by_name", ["index by_name dropped"],
                "4 tables unchanged since the backup made"),
            Change(
                "another index", "DROP INDEX by_name; CREATE INDEX by_name ON items(name DESC)",
                ["index by_name changed"], ": index by_name on items changed\n"),
            Change(
                "a view and a trigger",
                """
                CREATE VIEW names AS SELECT name FROM items;
                CREATE TRIGGER watch AFTER DELETE ON items BEGIN SELECT 1; END
                """, ["view names added", "trigger watch added"], ": view names added, trigger watch on items added\n"),
            Change(
                "another user_version", "PRAGMA user_version = 7", ["user_version 0 7"],
                ": user_version 7 instead of 0\n"),
        ]

        /// Leaves behind what another expression has computed, with the definition as it was.
        private static let recomputation = """
            PRAGMA writable_schema = ON;
            UPDATE sqlite_schema SET sql = replace(sql, 'a * 2', 'a * 3') WHERE name = 'doubled';
            PRAGMA writable_schema = RESET;
            UPDATE doubled SET a = a;
            PRAGMA writable_schema = ON;
            UPDATE sqlite_schema SET sql = replace(sql, 'a * 3', 'a * 2') WHERE name = 'doubled';
            PRAGMA writable_schema = RESET;
            """
    }

    private static let script =
        Workbench.script(rows: 400) + """
            CREATE TABLE loose(a); INSERT INTO loose VALUES (1), (2);
            CREATE TABLE doubled(a, b AS (a * 2) STORED); INSERT INTO doubled VALUES (1), (2);
            """

    @Test("says what has changed, and only that, with exit code 0", arguments: Change.all)
    func tells(change: Change) async throws {
        try await withWorkbench { bench in
            try bench.makeSource(Self.script)
            let id = try await bench.backUp().backup
            let objects = bench.objects
            try bench.makeSource(change.sql)
            let status = FileStatus(bench.source)

            let answer = try await compare(bench)
            #expect(answer.id == id)
            #expect(answer.changes == change.expected)
            #expect(!answer.isUnchanged)

            let words = try await bench.nightjar("verify", id, "--against-source")
            #expect(words.exitCode == 0, "\(words)")
            #expect(words.text.contains(change.words), "\(words)")
            #expect(bench.leftovers == [], "the snapshot is gone")
            #expect(bench.objects == objects, "nothing is kept in the store")
            #expect(FileStatus(bench.source) == status, "a source is only ever read")
        }
    }

    @Test("takes the newest backup of a database, or the one that is named")
    func choosesBackup() async throws {
        try await withWorkbench { bench in
            try bench.makeSource(Self.script)
            let first = try await bench.backUp().backup
            try bench.makeSource("DELETE FROM items WHERE id > 390")
            let second = try await bench.backUp().backup
            let newest = try await compare(bench)
            #expect(newest.id == second)
            #expect(newest.isUnchanged)
            let named = try await compare(bench, first)
            #expect(named.id == first)
            #expect(named.changes == ["items fewerRows 400 390"])
        }
    }

    @Test("leaves out what the backup left out, and compares what it holds")
    func excludes() async throws {
        try await withWorkbench { bench in
            try bench.makeSource(
                """
                CREATE TABLE kept(a); INSERT INTO kept VALUES (1); CREATE TABLE tmp_one(a);
                CREATE VIRTUAL TABLE tmp_docs USING fts5(text);
                """)
            try bench.configure(["exclude: [\"tmp_*\"]"])
            try await bench.backUp()
            try bench.makeSource(
                "INSERT INTO tmp_one VALUES (1); INSERT INTO tmp_docs VALUES ('one'); CREATE TABLE tmp_two(a)")
            let answer = try await compare(bench)
            #expect(answer.changes == [])
            let excluded = Set(answer.excluded.map { $0.name.description })
            #expect(excluded.isSuperset(of: ["tmp_one", "tmp_docs", "tmp_two"]))

            try bench.configure(["exclude: [kept]"])
            try bench.makeSource("INSERT INTO kept VALUES (2)")
            let held = try await compare(bench)
            #expect(held.changes == ["kept moreRows 1 2"])
        }
    }

    @Test("tells of a virtual table and of the tables in which it keeps its data")
    func virtualTables() async throws {
        try await withWorkbench { bench in
            try bench.makeSource("CREATE VIRTUAL TABLE docs USING fts5(text); INSERT INTO docs VALUES ('one'), ('two')")
            try await bench.backUp()
            let same = try await compare(bench)
            #expect(same.changes == [])
            try bench.makeSource("INSERT INTO docs VALUES ('three')")
            let more = try await compare(bench)
            #expect(more.changes.contains("docs_content moreRows 2 3"), "\(more.changes)")
            #expect(more.tables.allSatisfy { $0.isShadow })
            try bench.makeSource("DROP TABLE docs")
            let dropped = try await compare(bench)
            #expect(dropped.changes.contains("docs_content gone 2 -"), "\(dropped.changes)")
            #expect(dropped.changes.last == "table docs dropped")
        }
    }

    @Test("reads inside a transaction of the source where that is how it is backed up, beside a writer")
    func transaction() async throws {
        try await withWorkbench { bench in
            try bench.configure(["snapshot: transaction"])
            let writer = try Database(path: bench.source, access: .create)
            try writer.execute("PRAGMA journal_mode = WAL;" + Self.script)
            try await bench.backUp()
            try writer.execute("BEGIN IMMEDIATE; DELETE FROM notes")
            let before = try await compare(bench)
            #expect(before.changes == [], "what is not committed is not there")
            try writer.execute("COMMIT")
            let after = try await compare(bench)
            #expect(after.changes == ["notes fewerRows 2 0"])
            #expect(bench.leftovers == [])
            withExtendedLifetime(writer) {}
        }
    }

    @Test("where there is no source, no such database or no backup, the exit code is 66")
    func missing() async throws {
        try await withWorkbench { bench in
            try bench.makeSource(Self.script)
            let none = try await bench.nightjar("verify", Workbench.database, "--against-source", "--json")
            #expect(none.exitCode == 66, "\(none)")
            let id = try await bench.backUp().backup

            try FileManager.default.removeItem(atPath: bench.source)
            let gone = try await bench.nightjar("verify", id, "--against-source", "--json")
            #expect(gone.exitCode == 66, "\(gone)")
            #expect(gone.statedError?.code == "missing", "\(gone)")
            #expect(gone.mentions(bench.source), "\(gone)")
            #expect(bench.leftovers == [])

            let text = try String(contentsOfFile: bench.configuration, encoding: .utf8)
            try bench.write(
                text.replacingOccurrences(of: "  \(Workbench.database):", with: "  other:"), to: bench.configuration)
            let unknown = try await bench.nightjar("verify", id, "--against-source", "--json")
            #expect(unknown.exitCode == 66, "\(unknown)")
            #expect(unknown.mentions("there is no database \(Workbench.database)"), "\(unknown)")
        }
    }

    @Test("a source that stays locked is an error to try again, and leaves nothing behind")
    func locked() async throws {
        try await withWorkbench { bench in
            try bench.configure(["busy_timeout: 100ms"])
            try bench.makeSource(Self.script)
            try await bench.backUp()
            let writer = try Database(path: bench.source, access: .readWrite)
            try writer.execute("BEGIN EXCLUSIVE")
            let outcome = try await bench.nightjar("verify", Workbench.database, "--against-source", "--json")
            withExtendedLifetime(writer) {}
            #expect(outcome.exitCode == 75, "\(outcome)")
            #expect(bench.leftovers == [])
        }
    }

    /// - Parameter what: A backup's id, or the database for its newest one.
    private func compare(_ bench: Workbench, _ what: String = Workbench.database) async throws -> SourceAnswer {
        let outcome = try await bench.nightjar("verify", what, "--against-source", "--json")
        #expect(outcome.exitCode == 0, "\(outcome)")
        return try outcome.answer(SourceAnswer.self)
    }
}
