import Foundation
import TestSupport
import Testing

@Suite("Names out of a database do not steer the terminal")
struct TerminalTests {
    /// Red letters, a cleared screen by a C1 control character, DEL and a bell.
    private static let sequences = "\u{1B}[31mred\u{9B}2J\u{7F}\u{7}"

    @Test("escape sequences in names are printed without their control characters")
    func escapeSequences() async throws {
        try await withWorkbench { bench in
            try bench.makeSource(
                """
                CREATE TABLE "\(Self.sequences)"(a, b NOT NULL); INSERT INTO "\(Self.sequences)" VALUES (1, 2);
                CREATE TABLE "left \(Self.sequences)"(a);
                CREATE TABLE n(a); INSERT INTO n VALUES (NULL);
                PRAGMA writable_schema = ON;
                UPDATE sqlite_schema SET sql = 'CREATE TABLE n("\(Self.sequences)" NOT NULL)' WHERE name = 'n';
                """)
            try bench.configure(["exclude: [\"left *\"]"])
            let id = try await bench.backUp().backup
            let target = bench.target + "/restored.db"
            let outcomes = [
                try await bench.nightjar("show", id), try await bench.nightjar("verify", id),
                try await bench.nightjar("verify", id, "--against-source"),
                try await bench.nightjar("restore", id, "--to", target),
                try await bench.nightjar("restore", id, "--to", target, "--table", "none \(Self.sequences)", "--force"),
            ]
            #expect(outcomes.map { $0.exitCode } == [0, 0, 0, 0, 66])
            for outcome in outcomes {
                #expect(outcome.mentions("red"), "\(outcome)")
                let printed = (outcome.text + outcome.standardError).unicodeScalars
                let controls = printed.filter { $0.properties.generalCategory == .control && $0 != "\n" && $0 != "\t" }
                #expect(controls.isEmpty, "\(outcome)")
            }
        }
    }
}
