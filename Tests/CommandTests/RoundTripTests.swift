import Foundation
import Model
import SQLite
import TestSupport
import Testing

@Suite("A backup that is restored is the database that was backed up")
struct RoundTripTests {
    @Test("comes back the same, by Nightjar and by the plain sqlite3 shell", arguments: Hazard.all)
    func roundTrip(_ hazard: Hazard) async throws {
        try await withWorkbench { bench in
            let writer = try hazard.make(at: bench.source)
            try bench.configure(hazard.settings)
            let statusBefore = FileStatus(bench.source)

            let outcome = try await bench.nightjar("backup", Workbench.database, "--json")
            #expect(outcome.exitCode == 0, "\(outcome)")
            let result = try #require(try outcome.answer(BackupAnswer.self).results.first)
            #expect(result.state == "proved", "\(outcome)")
            #expect(bench.leftovers == [])
            #expect(FileStatus(bench.source) == statusBefore, "a source is only ever read")

            let manifest = try bench.manifest(of: result.backup)
            #expect(manifest.tables.reduce(0) { $0 + $1.changedRows } == Int64(hazard.changedRows))
            if hazard.changedRows > 0 { #expect(!manifest.notes.isEmpty, "values that SQL cannot carry are said") }

            try await restores(hazard, result.backup, bench)
            if !hazard.isExemptFromShell { try await importsIntoShell(hazard, result.backup, bench) }
            #expect(bench.leftovers == [])
            withExtendedLifetime(writer) {}
        }
    }

    private func restores(_ hazard: Hazard, _ id: String, _ bench: Workbench) async throws {
        let restored = bench.target + "/restored.db"
        let outcome = try await bench.nightjar("restore", id, "--to", restored, "--json")
        try #require(outcome.exitCode == 0, "\(outcome)")
        #expect(Workbench.contents(of: bench.target) == ["restored.db"], "nothing lies beside a restored file")
        let differences = try hazard.comparison(.restore).differences(between: bench.source, and: restored)
        #expect(differences == [], "\(hazard): restored")
        let notes = try outcome.answer(RestoreAnswer.self).notes
        if hazard.needsApplication {
            #expect(notes.contains { $0.contains("REINDEX") }, "\(notes)")
        }
    }

    private func importsIntoShell(_ hazard: Hazard, _ id: String, _ bench: Workbench) async throws {
        let dump = bench.path + "/dump.sql"
        let download = try await bench.nightjar("download", id, output: dump)
        try #require(download.exitCode == 0, "\(download)")
        let imported = bench.path + "/imported.db"
        let shell = try await Shell.sqlite3(imported, script: dump)
        #expect(shell.exitCode == 0, "\(shell)")
        #expect(shell.standardError == "", "the shell has nothing to complain about")
        let differences = try hazard.comparison(.dump).differences(between: bench.source, and: imported)
        #expect(differences == [], "\(hazard): imported by the shell")
    }

    @Test("there are many hazards, each with a name of its own")
    func hazardsAreMany() {
        #expect(Hazard.all.count >= 60)
        #expect(Set(Hazard.all.map { $0.name }).count == Hazard.all.count)
    }

    @Test("is carried over by zstd and sqlite3 alone, straight from the store")
    func restoresWithoutNightjar() async throws {
        try await withWorkbench { bench in
            try bench.makeSource(Workbench.script(rows: 3000))
            let id = try await bench.backUp().backup
            let object = try #require(try bench.manifest(of: id).objects.first)
            let imported = bench.path + "/imported.db"
            let pipe = "set -o pipefail; zstd -dc '\(bench.objectPath(object))' | sqlite3 '\(imported)'"
            let outcome = try await Command.run(["bash", "-c", pipe])
            #expect(outcome.exitCode == 0, "\(outcome)")
            #expect(outcome.standardError == "")
            #expect(try LogicalComparison(.dump).differences(between: bench.source, and: imported) == [])
        }
    }

    @Test("leaves out what `exclude` names, and says so in the manifest")
    func excludes() async throws {
        try await withWorkbench { bench in
            try bench.makeSource(
                """
                CREATE TABLE kept(a); INSERT INTO kept VALUES (1); CREATE TABLE tmp_one(a);
                INSERT INTO tmp_one VALUES (2);
                CREATE TABLE TMP_two(a); CREATE INDEX tmp_index ON tmp_one(a); CREATE TABLE other(a);
                """)
            try bench.configure(["exclude: [\"tmp_*\", \"OTHE?\"]"])
            let result = try await bench.backUp()
            #expect(result.state == "proved")
            let manifest = try bench.manifest(of: result.backup)
            #expect(Set(manifest.excluded.map { $0.name.description }) == ["tmp_one", "TMP_two", "other"])
            #expect(manifest.tables.map { $0.name.description } == ["kept"])

            let restored = bench.target + "/restored.db"
            let outcome = try await bench.nightjar("restore", result.backup, "--to", restored)
            #expect(outcome.exitCode == 0, "\(outcome)")
            let database = try Database(path: restored, access: .readOnly)
            #expect(try database.rows("SELECT name FROM sqlite_schema") == [[.text("kept")]])
        }
    }

    @Test(
        "what only the application can import is backed up, called unproved, and told how to restore",
        arguments: ["UNIQUE", "UNIQUE ON CONFLICT REPLACE", "UNIQUE ON CONFLICT IGNORE"])
    func onlyItsApplication(constraint: String) async throws {
        try await withWorkbench { bench in
            let database = try Database(path: bench.source, access: .create)
            try TestApplication.register(on: database)
            try database.execute(
                """
                CREATE TABLE p(a, b AS (coalesce(app_double(a), 0)) \(constraint)); INSERT INTO p(a) VALUES (1), (2);
                """)
            let backup = try await bench.nightjar("backup", Workbench.database, "--json")
            #expect(backup.exitCode == 75, "\(backup)")
            let result = try #require(try backup.answer(BackupAnswer.self).results.first)
            #expect(result.state == "unproved", "\(backup)")
            let target = bench.target + "/restored.db"
            let restore = try await bench.nightjar("restore", result.backup, "--to", target)
            #expect(restore.exitCode == 74, "\(restore)")
            #expect(restore.standardError.contains("app_double"), "\(restore)")
            #expect(restore.standardError.contains("nightjar download \(result.backup)"), "\(restore)")
            #expect(Workbench.contents(of: bench.target) == [])

            let dump = bench.path + "/dump.sql"
            _ = try await bench.nightjar("download", result.backup, output: dump)
            let imported = try Database(path: bench.path + "/imported.db", access: .create)
            try TestApplication.register(on: imported)
            try imported.execute(try String(contentsOf: URL(fileURLWithPath: dump), encoding: .utf8))
            #expect(
                try imported.rows("SELECT a, b FROM p") == [[.integer(1), .integer(2)], [.integer(2), .integer(4)]])
        }
    }

    @Test("a schema that needs a function in place of SQLite's own is not called corrupt")
    func replacedFunction() async throws {
        try await withWorkbench { bench in
            // As a connection would leave it on which the application has put its own `match` in the place of SQLite's.
            try bench.makeSource(
                """
                CREATE TABLE t(a, b); INSERT INTO t VALUES ('x', 'xy'); CREATE INDEX i ON t(a) WHERE b > a;
                PRAGMA writable_schema = ON;
                UPDATE sqlite_schema SET sql = 'CREATE INDEX i ON t(a) WHERE b MATCH a' WHERE name = 'i';
                """)
            let outcome = try await bench.nightjar("backup", Workbench.database)
            #expect(outcome.exitCode == 74, "\(outcome)")
            #expect(outcome.standardError.contains("only its application can read"), "\(outcome)")
            #expect(!outcome.standardError.contains("is corrupt"), "\(outcome)")
            #expect(bench.objects == [])
        }
    }

    @Test("stored columns that the application computed are told apart, with the statement that computes them again")
    func storedByTheApplication() async throws {
        try await withWorkbench { bench in
            let database = try Database(path: bench.source, access: .create)
            try TestApplication.register(on: database)
            try database.execute(
                """
                CREATE TABLE s(id INTEGER PRIMARY KEY, a, g AS (app_double(a)) STORED); INSERT INTO s(a) VALUES (1), (2);
                CREATE INDEX i ON s(g); CREATE TABLE same(a, g AS (a + 1) STORED); INSERT INTO same VALUES (1);
                """)
            let result = try await bench.backUp()
            #expect(result.state == "proved")
            let target = bench.target + "/restored.db"
            let outcome = try await bench.nightjar("restore", result.backup, "--to", target, "--json")
            let notes = try outcome.answer(RestoreAnswer.self).notes.filter { $0.contains("UPDATE") }
            try #require(notes.count == 1, "the other table's columns are as they were: \(notes)")
            let statement = try #require(notes[0].split(separator: "run: ").last).split(separator: " (triggers")[0]
            let restored = try Database(path: target, access: .readWrite)
            try TestApplication.register(on: restored)
            try restored.execute(String(statement))
            #expect(try restored.rows("SELECT g FROM s INDEXED BY i ORDER BY g") == [[.integer(2)], [.integer(4)]])
            #expect(try restored.text("PRAGMA integrity_check") == "ok")
        }
    }

    @Test("findings of the source's own do not hide a fault of the restored file")
    func manyFindings() async throws {
        try await withWorkbench { bench in
            try bench.makeSource(
                """
                CREATE TABLE n(a); CREATE TABLE rest(a);
                WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 300)
                  INSERT INTO n SELECT NULL FROM c;
                PRAGMA writable_schema = ON;
                UPDATE sqlite_schema SET sql = 'CREATE TABLE n(a NOT NULL)' WHERE name = 'n';
                """)
            let result = try await bench.backUp()
            #expect(result.state == "proved")
            let verify = try await bench.nightjar("verify", result.backup, "--json")
            #expect(verify.text.contains("NULL value in n.a (300 times)"), "\(verify)")
        }
    }

    @Test("a table typed with CR LF comes back by itself")
    func oneTableWithReturns() async throws {
        try await withWorkbench { bench in
            let database = try Database(path: bench.source, access: .create)
            try database.execute("CREATE TABLE t(\r\n a,\r\n \"b\r\n\" AS (a || 'x\r\ny') STORED)")
            try database.execute("INSERT INTO t VALUES (1), (2)")
            try database.execute("CREATE UNIQUE INDEX i ON t(\r\n \"b\r\n\") WHERE a <> 'x\r\ny'")
            try database.execute("CREATE TRIGGER g AFTER DELETE ON t BEGIN\r\n SELECT 1;\r\nEND")
            try database.execute("CREATE TABLE other(a)")
            let result = try await bench.backUp()
            let target = bench.target + "/restored.db"
            let outcome = try await bench.nightjar("restore", result.backup, "--table", "t", "--to", target)
            #expect(outcome.exitCode == 0, "\(outcome)")
            let restored = try Database(path: target, access: .readOnly)
            let query = "SELECT name, sql FROM sqlite_schema WHERE type <> 'trigger' AND tbl_name = 't' ORDER BY name"
            #expect(try restored.rows(query) == database.rows(query))
            #expect(try restored.rows("SELECT * FROM t") == database.rows("SELECT * FROM t"))
            #expect(try restored.text("PRAGMA integrity_check") == "ok")
        }
    }

    @Test("two backups of one source do not disturb each other")
    func backsUpTwice() async throws {
        try await withWorkbench { bench in
            try bench.makeSource(Workbench.script(rows: 50))
            let first = try await bench.backUp().backup
            try bench.makeSource("INSERT INTO notes(text) VALUES ('third')")
            let second = try await bench.backUp().backup
            #expect(first < second, "ids are unique and in order")
            #expect(try bench.manifest(of: first).rows == 52)
            #expect(try bench.manifest(of: second).rows == 53)
        }
    }
}
