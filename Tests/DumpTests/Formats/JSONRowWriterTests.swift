import Foundation
import Model
import SQLite
import TestSupport
import Testing

@testable import Dump

@Suite("JSON of rows") struct JSONRowWriterTests {
    private static let script = """
        CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT, g AS (id + 1) STORED);
        INSERT INTO t VALUES (1, 'x'), (2, NULL);
        """

    @Test("is an array with a line for every row")
    func array() throws {
        let rows = try WrittenRows(Self.script)
        #expect(try rows.json() == "[\n{\"id\":1,\"name\":\"x\"},\n{\"id\":2,\"name\":null}\n]")
        #expect(try WrittenRows("CREATE TABLE t(a)").json() == "[\n]")
    }

    @Test("goes on with a comma where there are rows already")
    func resumed() throws {
        let rows = try WrittenRows(Self.script)
        #expect(try rows.json(rowsBefore: 7) == ",\n{\"id\":1,\"name\":\"x\"},\n{\"id\":2,\"name\":null}\n]")
        #expect(try WrittenRows("CREATE TABLE t(a)").json(rowsBefore: 7) == "\n]")
    }

    @Test("is a line for every row, and nothing else, as ndjson")
    func lines() throws {
        #expect(try WrittenRows(Self.script).lines() == "{\"id\":1,\"name\":\"x\"}\n{\"id\":2,\"name\":null}\n")
        #expect(try WrittenRows("CREATE TABLE t(a)").lines() == "")
    }

    @Test("has each class in its own form")
    func classes() throws {
        let values: [SQLValue] = [
            .null, .integer(.max), .integer(.min), .real(5), .real(-0.0), .real(0.1), .real(1e300),
            .real(.leastNonzeroMagnitude),
            .real(.infinity), .real(-.infinity), .text("5"), .text([]), .text([0x61, 0xFF]), .blob([]), .blob([0]),
            .blob([0xFB, 0xFF]), .blob([1, 2, 3]), .blob([1, 2, 3, 4]),
        ]
        let expected = [
            "null", "9223372036854775807", "-9223372036854775808", "5.0", "-0.0", "0.1", "1e+300", "5e-324",
            "{\"$real\":\"Infinity\"}", "{\"$real\":\"-Infinity\"}", "\"5\"", "\"\"", "{\"$text\":\"Yf8=\"}",
            "{\"$blob\":\"\"}", "{\"$blob\":\"AA==\"}", "{\"$blob\":\"+/8=\"}", "{\"$blob\":\"AQID\"}",
            "{\"$blob\":\"AQIDBA==\"}",
        ]
        #expect(try WrittenRows.column("", values).lines() == expected.map { "{\"c\":\($0)}\n" }.joined())
    }

    @Test("has keys of any name and length")
    func keys() throws {
        let long = String(repeating: "k", count: 300_000)
        let rows = try WrittenRows(
            "CREATE TABLE t(\"say \"\"hi\"\"\", \"a\\b\", \"\", \"\(long)\", \"é\"); INSERT INTO t VALUES (1, 2, 3, 4, 5)"
        )
        #expect(try rows.lines() == "{\"say \\\"hi\\\"\":1,\"a\\\\b\":2,\"\":3,\"\(long)\":4,\"é\":5}\n")
        let database = try Database.inMemory()
        _ = try database.prepare(Array("CREATE TABLE t(".utf8) + SQLText(bytes: [0xFF]).quoted + Array(")".utf8)).step()
        try database.execute("INSERT INTO t VALUES (1)")
        #expect(try WrittenRows(of: "t", in: database).lines() == "{\"\\\\hFF\":1}\n")
    }

    // MARK: Text

    @Test("escapes quotes, backslashes and what is below a blank")
    func escapes() throws {
        let text = String(decoding: Array(UInt8(0)...0x7F), as: UTF8.self)
        let controls = (0..<0x20).map { byte -> String in
            switch byte {
            case 8: "\\b"
            case 9: "\\t"
            case 10: "\\n"
            case 12: "\\f"
            case 13: "\\r"
            default: "\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        let plain = (0x20..<0x80).map { String(Unicode.Scalar(UInt8($0))) }.joined()
            .replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        #expect(try WrittenRows.column("TEXT", [.text(text)]).lines() == "{\"c\":\"\(controls.joined())\(plain)\"}\n")
    }

    @Test("is read back by another reader")
    func otherReader() throws {
        var generator = SeededGenerator(seed: 2)
        let alphabets: [[Unicode.Scalar]] = [
            ["a"], ["a", "b", "c", "\"", "\\"], ["a", "\0", "é", "\n", "🦉", "\u{1F}", "\u{2028}"],
        ]
        let texts = (0..<20_000).map { number in
            let alphabet = alphabets[number % 3]
            var text = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0...40, using: &generator) {
                text.append(alphabet.randomElement(using: &generator) ?? "a")
            }
            return String(text)
        }
        let json = try WrittenRows.column("TEXT", texts.map { .text($0) }).jsonBytes(isLines: false)
        let read = try JSONDecoder().decode([[String: String]].self, from: Data(json))
        #expect(read.map { $0["c"].map { Array($0.utf8) } } == texts.map { Array($0.utf8) })
    }

    @Test(
        "carries text that is not UTF-8 as its bytes",
        arguments: ["80", "C080", "E282", "EDA080", "F4908080", "E09FBF", "F08FBFBF", "C1BF", "FF", "61C3"])
    func bytes(hex: String) throws {
        for padding in ["", "6161616161616161", "22616161616161616161C3A9"] {
            let rows = try WrittenRows(
                "CREATE TABLE t(c TEXT); INSERT INTO t VALUES (CAST(X'\(padding)\(hex)' AS TEXT))")
            let base64 = Data(try #require(Hex.decode(padding + hex))).base64EncodedString()
            #expect(try rows.lines() == "{\"c\":{\"$text\":\"\(base64)\"}}\n")
        }
    }

    @Test("transcodes UTF-16, and carries what cannot be", arguments: [TextEncoding.utf16le, .utf16be])
    func wideText(encoding: TextEncoding) throws {
        let rows = try WrittenRows(
            """
            CREATE TABLE t(c TEXT); INSERT INTO t VALUES ('Grüße, 🦉'), (''), (CAST(X'DCDC' AS TEXT));
            """, encoding: encoding)
        #expect(
            try rows.lines()
                == "{\"c\":\"Grüße, 🦉\"}\n{\"c\":\"\"}\n{\"c\":{\"$text\":\"3Nw=\"}}\n")
    }

    @Test("writes values of any length", arguments: [24_576, 24_577, 300_000, 1_000_003])
    func longValues(length: Int) throws {
        let text = String(repeating: "\u{1}\"é🦉x", count: length / 9)
        let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let invalid = [UInt8](repeating: 0x61, count: length) + [0xFF]
        let lines = try WrittenRows.column("", [.text(text), .blob(bytes), .text(invalid)]).lines()
        let escaped = text.replacing("\u{1}", with: "\\u0001").replacing("\"", with: "\\\"")
        #expect(
            lines == """
                {"c":"\(escaped)"}
                {"c":{"$blob":"\(Data(bytes).base64EncodedString())"}}
                {"c":{"$text":"\(Data(invalid).base64EncodedString())"}}

                """)
    }
}
