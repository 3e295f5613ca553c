import Model
import Pipeline
import SQLite
import Testing
import XXHash

@testable import Dump

@Suite struct LiteralTests {
    private static func form(_ bytes: [UInt8]) -> String {
        switch bytes.withUnsafeBytes({ TextLiteral.form(of: $0) }) {
        case .quoted: "quoted"
        case .replaced: "replaced"
        case .cast: "cast"
        }
    }

    @Test(
        "Text is written in the plainest form that brings it back",
        arguments: [
            ("plain", "quoted"), ("it's", "quoted"), ("line\nline", "quoted"), ("lone\rreturn", "quoted"),
            ("windows\r\nline", "replaced"), ("nul\0", "cast"), ("🦉 é", "quoted"),
        ])
    func forms(text: String, form: String) {
        #expect(Self.form(Array(text.utf8)) == form)
        // The same behind more than eight plain bytes, which are looked at together.
        #expect(Self.form(Array("0123456789abcdef".utf8) + Array(text.utf8)) == form)
    }

    @Test(
        "Bytes that are no UTF-8 are cast",
        arguments: [
            [0x80], [0xC0, 0x80], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF], [0xC1, 0xBF],
            [0xE0, 0x9F, 0xBF], [0xF0, 0x8F, 0xBF, 0xBF],
        ] as [[UInt8]])
    func invalid(bytes: [UInt8]) {
        #expect(Self.form(bytes) == "cast")
    }

    @Test(
        "Statements of the schema end where they should",
        arguments: [
            "CREATE TABLE t(a)", "CREATE TABLE t(a) -- x", "CREATE TABLE t(a) /* open", "CREATE TABLE t(a /* in */)",
            "CREATE VIEW v AS SELECT 4\n/\n2", "CREATE VIEW v AS SELECT 1 AS\ngo\n, 2 AS b",
            "CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END",
            "CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END --",
        ])
    func schema(sql: String) {
        let text = SchemaStatement(SQLText(sql)).text
        #expect(SQLiteLibrary.isComplete(text))
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
        #expect(!lines.contains { ["/", "go"].contains($0.lowercased()) })
    }

    @Test(
        "NOT NULL is taken out of columns, and of nothing else",
        arguments: [
            ("CREATE TABLE t(a NOT NULL, b)", "CREATE TABLE t(a CHECK(1), b)"),
            (
                "CREATE TABLE t(a not null on conflict replace default 5)",
                "CREATE TABLE t(a CHECK(1)                     default 5)"
            ),
            ("CREATE TABLE t(a CHECK (a NOT NULL))", "CREATE TABLE t(a CHECK (a NOT NULL))"),
            (
                "CREATE TABLE t('not null', /* not null */ b DEFAULT 'not null')",
                "CREATE TABLE t('not null', /* not null */ b DEFAULT 'not null')"
            ),
        ])
    func notNull(sql: String, expected: String) {
        #expect(NotNull.removed(from: SQLText(sql)).description == expected)
    }

    @Test(
        "A row's hash is that of its canonical encoding, however long its values are",
        arguments: [0, 10, 65_535, 65_536, 300_000])
    func canonical(length: Int) {
        let bytes = [UInt8](repeating: 7, count: length)
        var digester = RowDigester()
        digester.begin()
        digester.add(copy: .integer(-2))
        digester.add(copy: .blob(bytes))
        digester.add(copy: .null)
        let hash = digester.finish()
        let encoded: [UInt8] =
            [1, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 4]
            + withUnsafeBytes(of: UInt64(length).littleEndian) { Array($0) } + bytes + [0]
        #expect(encoded.withUnsafeBytes { XXH3Hasher.hash($0) } == hash)
    }
}
