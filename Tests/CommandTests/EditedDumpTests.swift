import Foundation
import Model
import SQLite
import TestSupport
import Testing

@Suite("A dump that was edited before its upload, with checksums that fit, is found by restoring")
struct EditedDumpTests {
    private static let source = """
        PRAGMA user_version=7; PRAGMA application_id=77;
        CREATE TABLE notes(id INTEGER PRIMARY KEY, text TEXT, price REAL, data BLOB);
        INSERT INTO notes VALUES (1,'first',0.5,X'00FF'),(2,'second',19.99,X'AABB'),(3,'third',-1.0,X'CC');
        CREATE TABLE archive(id INTEGER PRIMARY KEY, text TEXT, price REAL, data BLOB);
        INSERT INTO archive VALUES (7,'seventh',1.5,X'DD');
        CREATE INDEX by_text ON notes(text);
        CREATE VIEW cheap AS SELECT text FROM notes WHERE price < 1;
        CREATE TRIGGER kept BEFORE DELETE ON archive BEGIN SELECT raise(abort, 'kept'); END;
        """

    struct Edit: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// The tables that have to be named.
        let tables: Set<SQLText>
        /// What has to be said, in this order of differences or another.
        let words: [String]
        /// What takes the place of what.
        let changes: [(old: String, new: String)]

        init(
            _ description: String, _ tables: Set<SQLText>, _ words: [String], _ changes: (old: String, new: String)...
        ) {
            testDescription = description
            self.tables = tables
            self.words = words
            self.changes = changes
        }

        private static let second = "(2,'second',19.99,X'AABB')"
        private static let noteDiffers = "the content of notes differs, at least one of its 3 rows"

        static let all: [Edit] = [
            Edit("a row deleted", ["notes"], ["notes has 2 rows instead of 3"], (",\n\(second)", "")),
            Edit(
                "a row added", ["notes"], ["notes has 4 rows instead of 3"],
                (second, "\(second),\n(4,'fourth',1.0,NULL)")),
            Edit(
                "a row deleted by a statement", ["notes"], ["notes has 2 rows instead of 3"],
                ("COMMIT;", "DELETE FROM notes WHERE id=1;\nCOMMIT;")),
            Edit("a row twice", [], ["UNIQUE constraint failed: notes.id"], (second, "\(second),\n\(second)")),
            Edit("a bit of a text", ["notes"], [noteDiffers], ("'second'", "'recond'")),
            Edit("a bit of a key", ["notes"], [noteDiffers], ("(3,'third'", "(7,'third'")),
            Edit("the last bit of a double", ["notes"], [noteDiffers], ("19.99,", "19.990000000000002,")),
            Edit("a bit of a blob", ["notes"], [noteDiffers], ("X'AABB'", "X'AABA'")),
            Edit("a value of another type", ["notes"], [noteDiffers], ("X'AABB'", "CAST(X'AABB' AS TEXT)")),
            Edit("a value that became NULL", ["notes"], [noteDiffers], ("'second'", "NULL")),
            Edit(
                "two rows' values exchanged", ["notes"], [noteDiffers],
                ("'first'", "'sixth'"), ("'third'", "'first'"), ("'sixth'", "'third'")),
            Edit(
                "a row moved to another table", ["notes", "archive"],
                ["notes has 2 rows instead of 3", "archive has 2 rows instead of 1"],
                (",\n\(second)", ""), ("(7,'seventh',1.5,X'DD')", "(7,'seventh',1.5,X'DD'),\n\(second)")),
            Edit(
                "an index dropped", [], ["the index by_text is missing"],
                ("CREATE INDEX by_text ON notes(text);\n", "")),
            Edit(
                "an index on another column", [], ["the index by_text is missing or was defined otherwise"],
                ("by_text ON notes(text)", "by_text ON notes(data)")),
            Edit(
                "an index added", [], ["the index more is not in the manifest"],
                ("COMMIT;", "CREATE INDEX more ON notes(price);\nCOMMIT;")),
            Edit("a trigger dropped", [], ["the trigger kept is missing"], ("COMMIT;", "DROP TRIGGER kept;\nCOMMIT;")),
            Edit(
                "a view of other rows", [], ["the view cheap is missing or was defined otherwise"],
                ("price < 1;", "price < 2;")),
            Edit(
                "a table with another default", ["notes"], ["the table notes is missing or was defined otherwise"],
                ("price REAL,", "price REAL DEFAULT 1,")),
            Edit(
                "a table dropped", ["archive"], ["the table archive is missing"],
                ("COMMIT;", "DROP TABLE archive;\nCOMMIT;")),
            Edit(
                "a table added", ["extra"], ["the table extra is not in the manifest"],
                ("COMMIT;", "CREATE TABLE extra(a);\nCOMMIT;")),
            Edit("another user_version", [], ["user_version is 8 instead of 7"], ("user_version=7", "user_version=8")),
            Edit(
                "another application_id", [], ["application_id is 78 instead of 77"],
                ("application_id=77", "application_id=78")),
            Edit(
                "another page size", [], ["page_size is 8192 instead of 4096"], ("page_size=4096", "page_size=8192")),
            Edit(
                "its end cut off", [], ["user_version is 0 instead of 7"],
                ("PRAGMA user_version=7;\nPRAGMA application_id=77;\n", "")),
        ]
    }

    /// - Returns: The backup's id.
    private func forge(
        _ changes: [(old: String, new: String)], compression: String, _ bench: Workbench
    ) async throws -> String {
        try bench.configure(["compression: \(compression)"])
        let id = try await bench.backUp().backup
        var forger = try BackupForger(id, in: bench)
        for change in changes { try forger.replace(change.old, with: change.new) }
        try forger.store()
        return id
    }

    @Test("in words that say what is otherwise", arguments: Edit.all)
    func isFound(_ edit: Edit) async throws {
        try await withWorkbench { bench in
            try bench.makeSource(Self.source)
            let id = try await forge(edit.changes, compression: "zstd", bench)
            let differences = try await findDifferences(id, "restore", bench, edit.testDescription)
            #expect(edit.tables.isSubset(of: differences.compactMap(\.table)), "\(differences)")
            for words in edit.words {
                #expect(differences.contains { $0.message.contains(words) }, "\(words) in \(differences)")
            }
            try await expectRefused(id, bench)
            // What was forged well says nothing to a checksum.
            let checked = try await bench.nightjar("verify", id, "--level", "checksum")
            #expect(checked.exitCode == 0, "\(checked)")
        }
    }

    @Test("and without an edit it is proved: the forger's own work is no difference", arguments: ["zstd", "none"])
    func control(compression: String) async throws {
        try await withWorkbench { bench in
            try bench.makeSource(Self.source)
            let id = try await forge([], compression: compression, bench)
            let outcome = try await bench.nightjar("verify", id)
            #expect(outcome.exitCode == 0, "\(outcome)")
        }
    }

    @Test("on the terminal it says what to do, and with --verbose all that was looked at")
    func terminal() async throws {
        try await withWorkbench { bench in
            try bench.makeSource(Self.source)
            let good = try await bench.backUp().backup
            let id = try await forge([("'second'", "'recond'")], compression: "none", bench)
            let outcome = try await bench.nightjar("verify", id)
            #expect(outcome.exitCode == 65, "\(outcome)")
            for words in [
                "\(id): NOT GOOD: 1 difference found", "  the content of notes differs", "  It was good at ",
                "nightjar restore shop/\(good) --to ",
            ] {
                #expect(outcome.text.contains(words), "\(words) in \(outcome)")
            }
            #expect(!outcome.text.contains("integrity_check"), "\(outcome)")
            let verbose = try await bench.nightjar("verify", id, "--verbose")
            #expect(verbose.exitCode == 65, "\(verbose)")
            for words in [
                "1 part, SHA-256 as written", "integrity_check: ok",
                "Schema: 5 objects expected, 5 found, 5 equal", "notes: DIFFERENT: 3 rows expected, 3 found; digest ",
                "archive: 1 row, digest ",
            ] {
                #expect(verbose.text.contains(words), "\(words) in \(verbose)")
            }
        }
    }
}
