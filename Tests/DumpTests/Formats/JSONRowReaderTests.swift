import TestSupport
import Testing

@testable import Restore

@Suite("JSON, read back into values") struct JSONRowReaderTests {
    struct Row: Equatable {
        let table: Int
        let values: [ReadValue]
    }

    static func table(_ name: String, _ columns: String...) -> JSONRowReader.Table {
        JSONRowReader.Table(name: Array(name.utf8), columns: columns.map { Array($0.utf8) })
    }

    static func read(_ blocks: [[UInt8]], _ shape: JSONRowReader.Shape) throws -> [Row] {
        var rows: [Row] = []
        var reader = JSONRowReader(shape)
        for block in blocks {
            var block = block
            try block.withUnsafeMutableBytes { bytes in
                try reader.read(bytes) { rows.append(Row(table: $0, values: $1.map { ReadValue($0) })) }
            }
        }
        try reader.finish()
        return rows
    }

    static func read(_ text: String, _ shape: JSONRowReader.Shape) throws -> [Row] {
        try read([Array(text.utf8)], shape)
    }

    /// Reads lines of one column `v`.
    static func readLines(_ text: String) throws -> [ReadValue] {
        try read(text, .lines(table("t", "v"))).flatMap(\.values)
    }

    // MARK: Values

    @Test(
        "A value is read as what it is",
        arguments: [
            ("null", ReadValue.null), ("0", .integer(0)), ("-0", .integer(0)), ("-12", .integer(-12)),
            ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)), ("5.0", .real(5)),
            ("0.0", .real(0)), ("-0.0", .real(-0.0)), ("-0e0", .real(-0.0)), ("1e5", .real(1e5)), ("1E+05", .real(1e5)),
            ("25e-1", .real(2.5)), ("1e-999", .real(0)), ("5e-324", .real(.leastNonzeroMagnitude)),
            ("1.7976931348623157e308", .real(.greatestFiniteMagnitude)), ("9223372036854775808.0", .real(0x1p63)),
            ("\"\"", .text("")), ("\"null\"", .text("null")), ("\"é\u{1F600}\u{7F}\"", .text("é\u{1F600}\u{7F}")),
            (#""\"\\\/\b\f\n\r\t""#, .text("\"\\/\u{08}\u{0C}\n\r\t")), (#""\u0000""#, .text([0])),
            (#""a\u0041\u00e9\u20AC\uFFFF\ud83d\uDE00z""#, .text("aA\u{E9}\u{20AC}\u{FFFF}\u{1F600}z")),
            (#""\uD800\uDC00\udbff\udfff""#, .text("\u{10000}\u{10FFFF}")), (#""\\u0041""#, .text("\\u0041")),
            (#"{"$blob":""}"#, .blob([])), (#"{"$blob":"AA=="}"#, .blob([0])), (#"{"$blob":"AAE="}"#, .blob([0, 1])),
            (#"{"$blob":"+/+/"}"#, .blob([0xFB, 0xFF, 0xBF])),
            (#"{"$blob":"\/\u002b+/AAEC"}"#, .blob([0xFF, 0xEF, 0xBF, 0, 1, 2])),
            (#"{"$text":"/w=="}"#, .storedText([0xFF])), (#"{"$text":""}"#, .storedText([])),
            (#"{"$real":"Infinity"}"#, .real(.infinity)), (#"{"$real":"-Infinity"}"#, .real(-.infinity)),
            (#" { "\u0024blob" : "AAEC" } "#, .blob([0, 1, 2])), ("\t7\r", .integer(7)),
        ])
    func values(text: String, value: ReadValue) throws {
        #expect(try Self.readLines("{\"v\":\(text)}\n") == [value])
        let row = "{\"a\":\(text),\"b\":\(text)}"
        let array = try Self.read("[\n\(row),\n\(row)\n]", .array(Self.table("t", "a", "b")))
        #expect(array == Array(repeating: Row(table: 0, values: [value, value]), count: 2))
    }

    @Test("Strings of every length come back, escapes anywhere in them", arguments: 0...40)
    func lengths(length: Int) throws {
        for place in 0...length {
            var text = String(repeating: "x", count: length)
            text.insert("\u{1F600}", at: text.index(text.startIndex, offsetBy: place))
            let escaped = text.replacing("\u{1F600}", with: "\\ud83d\\ude00")
            #expect(try Self.readLines("{\"v\":\"\(escaped)\"}\n{\"v\":\"\(text)\"}\n") == [.text(text), .text(text)])
        }
    }

    @Test("Blobs of every length come back", arguments: 0...40)
    func blobs(length: Int) throws {
        var generator = SeededGenerator(seed: UInt64(length))
        let blob = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var text = ""
        for start in stride(from: 0, to: length, by: 3) {
            let bytes = blob[start..<min(start + 3, length)]
            let bits = bytes.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - bytes.count))
            text += (0...bytes.count).map { String(digits[bits >> (18 - 6 * $0) & 63]) }.joined()
            text += String(repeating: "=", count: 3 - bytes.count)
        }
        #expect(try Self.readLines("{\"v\":{\"$blob\":\"\(text)\"}}\n") == [.blob(blob)])
    }

    @Test("Any bit pattern is read back to the same bits")
    func doubles() throws {
        var generator = SeededGenerator(seed: 1)
        let reals = (0..<100_000).map { _ in Double(bitPattern: generator.next()) }.filter(\.isFinite)
        let read = try Self.readLines(reals.map { "{\"v\":\($0.description)}\n" }.joined())
        #expect(read == reals.map { .real($0) })
    }

    // MARK: Shapes

    private static let tables = [
        table("customers", "id", "name"), table("empty", "x"), table("a\"b\n", "é", "\\hFF", "q\""),
    ]
    private static let document = """
        {"customers":[
        {"id":1,"name":"x\\n"},
        {"id":2,"name":{"$blob":"AAEC"}}
        ],
        "empty":[
        ],
        "a\\"b\\n":[
        {"é":0.5,"\\\\hFF":null,"q\\"":{"$real":"-Infinity"}}
        ]}

        """
    private static let rows = [
        Row(table: 0, values: [.integer(1), .text("x\n")]), Row(table: 0, values: [.integer(2), .blob([0, 1, 2])]),
        Row(table: 2, values: [.real(0.5), .null, .real(-.infinity)]),
    ]

    @Test("A document holds its tables in their order")
    func documents() throws {
        #expect(try Self.read(Self.document, .document(Self.tables)) == Self.rows)
        #expect(try Self.read("{}\n", .document([])) == [])
        #expect(try Self.read(" { }\n\n", .document([])) == [])
        #expect(try Self.read("{\"t\":[]}", .document([Self.table("t", "v")])) == [])
    }

    @Test("White space may stand between all tokens, LF between rows only")
    func whiteSpace() throws {
        let spaced =
            " \r\n\t{ \n\"t\" \n: \n[ \n{ \t\"a\" \r: 1 ,\t\"b\" : null } \n, \n{\"a\":2,\"b\":3}\n ] \n, \"u\" : [ ]\n } "
        let shape = JSONRowReader.Shape.document([Self.table("t", "a", "b"), Self.table("u", "v")])
        let rows = try Self.read(String(spaced.dropLast()) + "\n", shape)
        #expect(
            rows == [Row(table: 0, values: [.integer(1), .null]), Row(table: 0, values: [.integer(2), .integer(3)])])
        #expect(throws: RowTextError.self) { try Self.read(spaced, shape) }
        #expect(throws: RowTextError.self) { try Self.read("[{\"v\":\n1}]", .array(Self.table("t", "v"))) }
    }

    @Test("The array of one table stands by itself")
    func arrays() throws {
        let shape = JSONRowReader.Shape.array(Self.table("t", "v"))
        let rows = [Row(table: 0, values: [.integer(1)]), Row(table: 0, values: [.integer(2)])]
        #expect(try Self.read("[\n{\"v\":1},\n{\"v\":2}\n]", shape) == rows)
        #expect(try Self.read("[]\n", shape) == [])
        for text in [
            "", "[", "[\n{\"v\":1}", "[\n{\"v\":1},\n]", "[{\"v\":1}{\"v\":2}]", "[]]", "[],", "[] ", "[,]", "{}",
        ] {
            #expect(throws: RowTextError.self, "\(text)") { try Self.read(text, shape) }
        }
    }

    @Test("Lines hold one row each")
    func lines() throws {
        #expect(try Self.readLines("") == [])
        #expect(try Self.readLines("{\"v\":1}\n{\"v\":2} \r\n") == [.integer(1), .integer(2)])
        for text in [
            "\n", "{\"v\":1}", "{\"v\":1}\n\n", "{\"v\":1}{\"v\":2}\n", "{\"v\":1},\n", "{\n\"v\":1}\n", "[\n",
            "{\"v\":1\n}\n",
        ] {
            #expect(throws: RowTextError.self, "\(text)") { try Self.readLines(text) }
        }
    }

    // MARK: Blocks

    @Test("A document may come in blocks that end between any two tokens outside its rows")
    func blocks() throws {
        let text = Array(Self.document.utf8)
        var depth = 0
        var isString = false
        // Between tokens outside rows: neither in a string nor in an object within the document's.
        let places = text.indices.filter { index in
            defer {
                switch text[index] {
                case UInt8(ascii: "\"") where index == 0 || text[index - 1] != UInt8(ascii: "\\"): isString.toggle()
                case UInt8(ascii: "{") where !isString: depth += 1
                case UInt8(ascii: "}") where !isString: depth -= 1
                default: break
                }
            }
            return index > 0 && depth < 2 && !isString
        }
        try #require(places.count > 20)
        let pieces = zip([0] + places, places + [text.count]).map { Array(text[$0..<$1]) }
        #expect(try Self.read(pieces, .document(Self.tables)) == Self.rows)
        for place in places {
            #expect(
                try Self.read([Array(text[..<place]), [], Array(text[place...])], .document(Self.tables)) == Self.rows)
        }
        for place in text.indices where place > 0 && !places.contains(place) {
            #expect(throws: RowTextError.self) {
                try Self.read([Array(text[..<place]), Array(text[place...])], .document(Self.tables))
            }
        }
        for end in 0..<(text.count - 1) {
            #expect(throws: RowTextError.self) { try Self.read([Array(text[..<end])], .document(Self.tables)) }
        }
    }

    @Test("Lines may come in blocks of any number")
    func blocksOfLines() throws {
        let text = Array((1...8).map { "{\"v\":\($0)}\n" }.joined().utf8)
        let places = Array(stride(from: 8, to: text.count, by: 8))
        for blocks in cuts(of: text, at: places) {
            #expect(
                try Self.read(blocks, .lines(Self.table("t", "v"))).flatMap(\.values) == (1...8).map { .integer($0) })
        }
    }

    // MARK: Fuzz

    @Test("Whatever comes is read or refused")
    func fuzz() {
        var generator = SeededGenerator(seed: 2)
        var readable = 0
        withFuzz(of: Array(Self.document.utf8), rounds: 20_000, using: &generator) { text in
            do {
                _ = try Self.read([text], .document(Self.tables))
                readable += 1
            } catch {
                #expect(error is RowTextError)
            }
        }
        #expect(readable > 100)
    }
}
