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
            try await equalsItsSource(result.backup, bench)
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

    private func equalsItsSource(_ id: String, _ bench: Workbench) async throws {
        let outcome = try await bench.nightjar("verify", id, "--against-source", "--json")
        #expect(outcome.exitCode == 0, "\(outcome)")
        let answer = try outcome.answer(SourceAnswer.self)
        #expect(answer.changes == [], "nothing has changed in the source: \(outcome)")
        #expect(answer.isUnchanged)
    }

    private func restores(_ hazard: Hazard, _ id: String, _ bench: Workbench) async throws {
        let restored = bench.target + "/restored.db"
        let outcome = try await bench.nightjar("restore", id, "--to", restored, "--json")
        try #require(outcome.exitCode == 0, "\(outcome)")
        #expect(Workbench.contents(of: bench.target) == ["restored.db"], "nothing lies beside a restored file")
        let differences = try hazard.comparison(.restore).differences(between: bench.source, and: restored)
        #expect(differences == [], "\(hazard): restored")
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
