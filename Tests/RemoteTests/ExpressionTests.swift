import Model
import SQLite
import Testing

@testable import Remote

@Suite struct ExpressionTests {
    private static let values = """
        CREATE TABLE v(x);
        INSERT INTO v VALUES (NULL), (0), (-9223372036854775808), (9223372036854775807), (0.0), (-0.0), (9e999),
          (-9e999), (0.1), (5e-324), (-5e-324), (1.7976931348623157e308), (1e15), (-3.0), (''), ('1.0'),
          ('a' || char(0) || 'b'), ('é"\\' || char(10)), (x''), (x'00ff7b'), (CAST(x'ff00fe80' AS TEXT));
        """

    /// As the bits tell zeros apart.
    private static func exact(_ value: SQLValue) -> String {
        if case .real(let real) = value { return "real \(real.bitPattern)" }
        return "\(value)"
    }

    @Test("Values of all kinds come as they are stored", arguments: ["UTF-8", "UTF-16le", "UTF-16be"])
    func allKinds(encoding: String) throws {
        try withLocalRemote("PRAGMA encoding='\(encoding)';" + Self.values) { remote, database in
            let stored = try database.rows("SELECT x FROM v ORDER BY rowid").map { Self.exact($0[0]) }
            let read = try remote.rows(of: remote.table("v")).rows.map { Self.exact($0.values[0]) }
            #expect(read == stored)
        }
    }

    @Test("A service without atan2 gives all but the sign of a zero, and the notes say so")
    func withoutAtan2() throws {
        try withLocalRemote(Self.values) { remote, database in
            let notes = try remote.schema().notes
            #expect(!notes.contains { $0.contains("-0.0") })
            remote.refusal = { $0.contains("atan2") ? RemoteError(.statement, "no such function: atan2") : nil }
            let poorNotes = try remote.schema().notes
            #expect(poorNotes.contains { $0.contains("-0.0") })
            let stored = try database.rows("SELECT x FROM v ORDER BY rowid").map { $0[0] }
            let read = try remote.rows(of: remote.table("v")).rows.map { $0.values[0] }
            #expect(read == stored)
        }
    }

    @Test("Columns that turn numbers into text or text into numbers do not turn them on the way")
    func affinities() throws {
        let script = """
            CREATE TABLE t(i INTEGER, r REAL, n NUMERIC, t TEXT, b BLOB);
            INSERT INTO t VALUES (5.0, 5, '5', 5, '5'), ('x', 'x', 'x', 9e999, 9e999), (x'31', x'31', x'31', x'31', 1);
            """
        try withLocalRemote(script) { remote, database in
            let read = try remote.rows(of: remote.table("t")).rows.map(\.values)
            let stored = try database.rows("SELECT * FROM t")
            #expect(read == stored)
        }
    }

    @Test(
        "What a service answers is not believed",
        arguments: [
            "", "q", "i", "i1.5", "i9223372036854775808", "t6", "tzz", "x 1", "rx", "rinf", "rnan", "r1e999", "T-1",
            "X9223372036854775807",
        ])
    func nonsense(text: String) {
        #expect(EncodedValue(Array(text.utf8)[...]) == nil)
    }

    @Test("A number that no REAL holds is no infinity", arguments: ["1e999", "-1e999", "1.8e308"])
    func tooLarge(number: String) {
        let body = Array(number.utf8)
        let answer = RemoteAnswer(body: body, columnCount: 1, cells: [.number(0..<body.count)])
        let error = #expect(throws: RemoteError.self) { _ = try answer.value(0, 0) }
        #expect(error?.kind == .malformed)
    }
}
