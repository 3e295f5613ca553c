import Foundation
import Model
import SQLite
import TestSupport
import Testing

@testable import Dump

@Suite("CSV of rows") struct CSVRowWriterTests {
    @Test("has a header, a comma between fields and CRLF behind every record")
    func shape() throws {
        let rows = try WrittenRows(
            """
            CREATE TABLE t(id INTEGER PRIMARY KEY, "a,b" TEXT, "a""b" REAL, g AS (id + 1) STORED, "#x", "");
            INSERT INTO t VALUES (1, 'x', 0.1, 'y', 'z'), (-2, NULL, NULL, NULL, NULL);
            """)
        #expect(try rows.csv() == "id,\"a,b\",\"a\"\"b\",\"#x\",\"\"\r\n-2,,,,\r\n1,x,0.1,y,z\r\n")
    }

    @Test("has the header alone of an empty table, and an empty line for the NULL of a table of one column")
    func fewValues() throws {
        #expect(try WrittenRows.column("TEXT", []).csv() == "c\r\n")
        #expect(try WrittenRows.column("TEXT", [.null, .text([])]).csv() == "c\r\n\r\n\"\"\r\n")
    }

    @Test("leaves the rowid out")
    func rowid() throws {
        #expect(try WrittenRows("CREATE TABLE t(a, b); INSERT INTO t VALUES ('x', NULL)").csv() == "a,b\r\nx,\r\n")
    }

    @Test(
        "has names that are not UTF-8 as their bytes, and all others as they are",
        arguments: [([0x61, 0xFF], "\\h61FF"), (Array("\\hAB".utf8), "\\hAB")] as [([UInt8], String)])
    func names(bytes: [UInt8], expected: String) throws {
        let name = SQLText(bytes: bytes)
        #expect(FormatNames.text(of: name) == Array(expected.utf8))
        let database = try Database.inMemory()
        _ = try database.prepare(Array("CREATE TABLE t(".utf8) + name.quoted + Array(")".utf8)).step()
        #expect(try WrittenRows(of: "t", in: database).csv() == expected + "\r\n")
    }

    // MARK: Text

    @Test(
        "has quotes where a field needs them, and nowhere else",
        arguments: [
            ("plain", "plain"), ("a,b", "\"a,b\""), ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("lone\rreturn", "\"lone\rreturn\""), (" x", "\" x\""), ("x ", "\"x \""), ("\tx", "\"\tx\""),
            ("x\t", "\"x\t\""), ("a b\tc", "a b\tc"), ("#x", "\"#x\""), ("x#", "x#"), (" ", "\" \""),
            ("\"", "\"\"\"\""),
            ("Grüße, 🦉", "\"Grüße, 🦉\""), ("Grüße 🦉", "Grüße 🦉"), ("\u{1}\u{7F}", "\u{1}\u{7F}"), ("'", "'"),
            ("0.50", "0.50"), ("\\", "\\\\"), ("\\x41", "\\\\x41"), ("\\\\a\\", "\\\\\\\\a\\"), ("\\,", "\"\\\\,\""),
            ("\\ ", "\"\\\\ \""), ("a\\", "a\\"),
        ])
    func quotes(text: String, field: String) throws {
        #expect(try WrittenRows.column("TEXT", [.text(text)]).csv() == "c\r\n\(field)\r\n")
    }

    @Test("is the same as of a writer that looks at one byte after the other")
    func plainWriter() throws {
        var generator = SeededGenerator(seed: 1)
        let alphabets: [[Character]] = [
            ["a", "b"], ["a", "b", "c", ",", " "], ["a", "\"", "é", "\n", "🦉", "#", "\u{1}"],
        ]
        let texts = (0..<20_000).map { number in
            let alphabet = alphabets[number % 3]
            return String(
                (0..<Int.random(in: 1...40, using: &generator)).map { _ in
                    alphabet.randomElement(using: &generator) ?? "a"
                })
        }
        let expected = texts.map { text in
            let isQuoted =
                text.utf8.contains { ",\"\r\n".utf8.contains($0) } || text.hasPrefix(" ") || text.hasPrefix("#")
                || text.hasSuffix(" ")
            return isQuoted ? "\"\(text.replacing("\"", with: "\"\""))\"\r\n" : "\(text)\r\n"
        }
        #expect(try WrittenRows.column("TEXT", texts.map { .text($0) }).csv() == "c\r\n" + expected.joined())
    }

    @Test(
        "carries text that is no text to a reader as its bytes",
        arguments: [
            "00", "61006162", "80", "C080", "E282", "EDA080", "F4908080", "E09FBF", "F08FBFBF", "C1BF", "FF", "61C3",
        ])
    func bytes(hex: String) throws {
        for padding in ["", "6161616161616161", "6161616161616161616161"] {
            let rows = try WrittenRows(
                "CREATE TABLE t(c TEXT); INSERT INTO t VALUES (CAST(X'\(padding)\(hex)' AS TEXT))")
            #expect(try rows.csv() == "c\r\n\\h\(padding)\(hex)\r\n")
        }
    }

    @Test("transcodes UTF-16, and carries what cannot be", arguments: [TextEncoding.utf16le, .utf16be])
    func wideText(encoding: TextEncoding) throws {
        let rows = try WrittenRows(
            """
            CREATE TABLE t(c TEXT, n NUMERIC);
            INSERT INTO t VALUES ('Grüße, 🦉', '12a'), (CAST(X'DCDC' AS TEXT), NULL), ('', '');
            """, encoding: encoding)
        #expect(try rows.csv() == "c,n\r\n\"Grüße, 🦉\",12a\r\n\\hDCDC,\r\n\"\",\"\"\r\n")
    }

    @Test("writes values of any length", arguments: [24_576, 24_577, 300_000, 1_000_003])
    func longValues(length: Int) throws {
        let plain = String(repeating: "x", count: length)
        let quoted = String(repeating: "\"é,", count: length / 4)
        let backslashes = String(repeating: "\\", count: length)
        let texts = [plain, quoted, backslashes, plain + " ", plain + "\n"]
        let csv = try WrittenRows.column("TEXT", texts.map { .text($0) }).csv()
        let expected = [
            plain, "\"\(quoted.replacing("\"", with: "\"\""))\"", backslashes + backslashes, "\"\(plain) \"",
            "\"\(plain)\n\"",
        ]
        #expect(csv == "c\r\n" + expected.map { $0 + "\r\n" }.joined())
        let invalid = [UInt8](repeating: 0x61, count: length) + [0xFF]
        #expect(
            try WrittenRows.column("TEXT", [.text(invalid), .blob(invalid)]).csv()
                == "c\r\n\\h\(Hex.encode(invalid).uppercased())\r\n\\x\(Hex.encode(invalid).uppercased())\r\n")
        let digits = String(repeating: "1", count: length)
        #expect(
            try WrittenRows.column("", [.text(digits)]).declared(as: "CREATE TABLE t(c REAL)").csv()
                == "c\r\n\\t\(digits)\r\n")
    }

    // MARK: Classes

    /// Values of all classes, stored as they are.
    private static let values: [SQLValue] = [
        .null, .integer(5), .integer(.min), .real(0.5), .real(5), .real(-0.0), .real(1e300), .real(.infinity),
        .real(-.infinity), .real(9.3e18), .real(9.2e18), .text("5"), .text(" 5e3 "), .text("5x"), .text("2024-01-05"),
        .text([]), .blob([]), .blob([0, 0xAB]),
    ]

    @Test(
        "has a tag where the column would make something else of a value",
        arguments: [
            (
                "TEXT",
                [
                    "", "\\i5", "\\i-9223372036854775808", "\\r0.5", "\\r5.0", "\\r-0.0", "\\r1e+300", "\\r9e999",
                    "\\r-9e999", "\\r9.3e+18", "\\r9.2e+18", "5", "\" 5e3 \"", "5x", "2024-01-05", "\"\"", "\\x",
                    "\\x00AB",
                ]
            ),
            (
                "",
                [
                    "", "\\i5", "\\i-9223372036854775808", "\\r0.5", "\\r5.0", "\\r-0.0", "\\r1e+300", "\\r9e999",
                    "\\r-9e999", "\\r9.3e+18", "\\r9.2e+18", "5", "\" 5e3 \"", "5x", "2024-01-05", "\"\"", "\\x",
                    "\\x00AB",
                ]
            ),
            (
                "INTEGER",
                [
                    "", "5", "-9223372036854775808", "0.5", "\\r5.0", "\\r-0.0", "1e+300", "9e999", "-9e999", "9.3e+18",
                    "\\r9.2e+18", "\\t5", "\"\\t 5e3 \"", "5x", "2024-01-05", "\"\"", "\\x", "\\x00AB",
                ]
            ),
            (
                "DATETIME",
                [
                    "", "5", "-9223372036854775808", "0.5", "\\r5.0", "\\r-0.0", "1e+300", "9e999", "-9e999", "9.3e+18",
                    "\\r9.2e+18", "\\t5", "\"\\t 5e3 \"", "5x", "2024-01-05", "\"\"", "\\x", "\\x00AB",
                ]
            ),
        ])
    func tags(type: String, fields: [String]) throws {
        let rows = try WrittenRows.column("", Self.values).declared(as: "CREATE TABLE t(c \(type))")
        #expect(try rows.csv() == "c\r\n" + fields.map { $0 + "\r\n" }.joined())
    }

    @Test("has no tag for a REAL in a column of REAL")
    func reals() throws {
        let rows = try WrittenRows.column("REAL", [.integer(5), .real(0.5), .real(1e300), .text("5"), .text("x")])
        #expect(try rows.csv() == "c\r\n5.0\r\n0.5\r\n1e+300\r\n5.0\r\nx\r\n")
    }

    @Test(
        "gives every value back to a reader that follows the affinities",
        arguments: ["TEXT", "", "INTEGER", "NUMERIC", "REAL"])
    func untagged(type: String) throws {
        // What has no tag is stored as text: SQLite has to make the same value of it.
        let rows = try WrittenRows.column("", Self.values).declared(as: "CREATE TABLE t(c \(type))")
        let fields = try rows.csv().split(separator: "\r\n", omittingEmptySubsequences: false).dropFirst().dropLast()
        let stored = try rows.database.rows("SELECT c FROM t")
        try #require(fields.count == stored.count)
        for (field, row) in zip(fields, stored) where !field.isEmpty && !field.contains("\\") && !field.hasPrefix("\"")
        {
            let read = try WrittenRows.column(type, [.text(String(field))]).database.rows("SELECT c FROM t")
            #expect(read == [row], "\(field)")
        }
    }
}
