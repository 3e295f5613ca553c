import TestSupport
import Testing

@testable import Restore

@Suite("CSV, read back into values") struct CSVRowReaderTests {
    /// Reads a table of a numeric column `n` and a column of texts `t`, all in one block or in several.
    static func read(_ blocks: [[UInt8]], names: [String] = ["n", "t"]) throws -> [[ReadValue]] {
        var rows: [[ReadValue]] = []
        var reader = CSVRowReader(names: names.map { Array($0.utf8) }, keepsText: names.map { $0 != "n" })
        for block in blocks {
            var block = block
            try block.withUnsafeMutableBytes { bytes in
                try reader.read(bytes) { rows.append($0.map { ReadValue($0) }) }
            }
        }
        try reader.finish()
        return rows
    }

    static func read(_ text: String) throws -> [[ReadValue]] { try read([Array(text.utf8)]) }

    // MARK: Fields

    @Test(
        "A field is a number or text by its column's affinity",
        arguments: [
            ("0", ReadValue.integer(0)), ("-12", .integer(-12)), ("-0", .integer(0)), ("007", .integer(7)),
            ("+5", .integer(5)), ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", .real(9.223372036854775808e18)), ("-9223372036854775809", .real(-0x1p63)),
            ("18446744073709551617", .real(0x1p64)), ("00000000000000000000012", .integer(12)),
            ("100000000000000000000", .real(1e20)), ("5.0", .real(5)), ("-0.0", .real(-0.0)), ("0.0", .real(0)),
            ("1e5", .real(1e5)), ("1E+05", .real(1e5)), ("25e-1", .real(2.5)), ("5.", .real(5)), (".5", .real(0.5)),
            ("-.5e1", .real(-5)), ("+5.e0", .real(5)), ("9e999", .real(.infinity)), ("-9e999", .real(-.infinity)),
            ("1e-999", .real(0)), ("0e99999999999999999999", .real(0)), ("5e-324", .real(.leastNonzeroMagnitude)),
            (" 5", .integer(5)), ("5 ", .integer(5)), ("\t5.5\u{0B}\u{0C} ", .real(5.5)),
            ("12345678901234567890123456789.5", .real(12345678901234567890123456789.5)),
            ("0.000000000000000000000000012345678901234567", .real(1.2345678901234567e-26)),
            ("abc", .text("abc")), ("-", .text("-")), ("+", .text("+")), (".", .text(".")), ("e5", .text("e5")),
            ("1e", .text("1e")), ("1e+", .text("1e+")), ("1.2.3", .text("1.2.3")), ("- 5", .text("- 5")),
            ("5 6", .text("5 6")), ("0x10", .text("0x10")), ("nan", .text("nan")), ("inf", .text("inf")),
            ("2024-01-01", .text("2024-01-01")), ("--5", .text("--5")), ("12,5", .text("12,5")), ("é", .text("é")),
        ])
    func affinity(field: String, value: ReadValue) throws {
        let quoted = "\"\(field)\""
        let isBare = !field.contains(",")
        let text = "n,t\r\n\(isBare ? field : quoted),\(isBare ? field : quoted)\r\n\(quoted),\(quoted)\r\n"
        #expect(try Self.read(text) == [[value, .text(field)], [value, .text(field)]])
    }

    @Test(
        "A tag gives a value its class in every column, with quotes and without",
        arguments: [
            ("\\x", ReadValue.blob([])), ("\\x00fFAb", .blob([0, 0xFF, 0xAB])), ("\\i5", .integer(5)),
            ("\\x00112233445566778899aabbccddeeff", .blob((0..<16).map { $0 * 0x11 })),
            ("\\i-9223372036854775808", .integer(.min)), ("\\r5.0", .real(5)), ("\\r-0.0", .real(-0.0)),
            ("\\r1e300", .real(1e300)), ("\\r9e999", .real(.infinity)), ("\\r-9e999", .real(-.infinity)),
            ("\\t5", .text("5")), ("\\t 5 ", .text(" 5 ")), ("\\t", .text("")), ("\\\\", .text("\\")),
            ("\\\\x00", .text("\\x00")), ("\\\\\\\\a\\", .text("\\\\a\\")), ("\\hFF00", .storedText([0xFF, 0])),
        ])
    func tags(field: String, value: ReadValue) throws {
        #expect(
            try Self.read("n,t\r\n\(field),\(field)\r\n\"\(field)\",\"\(field)\"\r\n") == [
                [value, value], [value, value],
            ])
    }

    @Test("NULL and the empty text are told apart")
    func empty() throws {
        #expect(try Self.read("n,t\r\n,\r\n\"\",\"\"\r\n") == [[.null, .null], [.text(""), .text("")]])
        let alone = try Self.read([Array("n\r\n\r\n\"\"\r\n1\r\n".utf8)], names: ["n"])
        #expect(alone == [[.null], [.text("")], [.integer(1)]])
    }

    @Test("Quotes may hold commas, quotes and the ends of lines")
    func quotes() throws {
        let rows = try Self.read("n,t\r\n1,\"a,b\r\n\"\"c\"\"\n\"\r\n2,\"\"\"\"\r\n3,\"\"\"\"\"\"\r\n")
        #expect(
            rows == [
                [.integer(1), .text("a,b\r\n\"c\"\n")], [.integer(2), .text("\"")], [.integer(3), .text("\"\"")],
            ])
    }

    @Test("Runs of every length between doubled quotes come back", arguments: 0...40)
    func runs(length: Int) throws {
        let run = String(repeating: "x", count: length)
        let text = [run, run, run, ""].joined(separator: "\"")
        let quoted =
            "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
        #expect(
            try Self.read("n,t\r\n,\(quoted)\r\n,\(run)!\r\n") == [[.null, .text(text)], [.null, .text(run + "!")]])
    }

    // MARK: Doubles

    @Test("Any bit pattern is read back to the same bits")
    func doubles() throws {
        var generator = SeededGenerator(seed: 1)
        let reals = (0..<100_000).map { _ in Double(bitPattern: generator.next()) }.filter(\.isFinite)
        let text = reals.map { "\($0.description),\\r\($0.description)\r\n" }.joined()
        let rows = try Self.read("n,t\r\n" + text)
        try #require(rows.count == reals.count)
        let wrong = zip(rows, reals).filter { $0 != [.real($1), .real($1)] }
        #expect(wrong.isEmpty)
    }

    @Test("Decimals of any length are rounded as they should be")
    func decimals() throws {
        var generator = SeededGenerator(seed: 2)
        var decimals = ["9007199254740993.0", "9007199254740993.00000000000000000001", "9007199254740995.0", "1e23"]
        decimals += ["4503599627370496.5", "4503599627370497.5", "0.1e1", "123456789012345678e27", "8.5e22", "1e22"]
        for _ in 0..<20_000 {
            let digits = (0..<Int.random(in: 1...24, using: &generator)).map { _ in
                Character(String(Int.random(in: 0...9, using: &generator)))
            }
            let point = Int.random(in: 1...digits.count, using: &generator)
            let fraction = digits[point...].isEmpty ? "0" : String(digits[point...])
            let exponent = Int.random(in: -40...40, using: &generator)
            decimals.append("\(String(digits[..<point])).\(fraction)e\(exponent)")
        }
        // The very middle of two doubles, which rounds to the even one.
        for _ in 0..<2_000 {
            let middle = UInt64.random(in: 1 << 53..<1 << 54, using: &generator) | 1
            decimals += ["\(middle).0", "\(middle)0e-1", "\(middle).0e3", "\(middle).0000001", "\(middle - 1).9999999"]
        }
        let rows = try Self.read("n,t\r\n" + decimals.map { "\($0),\r\n" }.joined())
        try #require(rows.count == decimals.count)
        for (row, decimal) in zip(rows, decimals) {
            let real = try #require(Double(decimal))
            if row[0] != .real(real) { Issue.record("\(decimal) was read as \(row[0]), not \(real)") }
        }
    }

    @Test("A number of a million digits is one like any other")
    func longNumbers() throws {
        let zeros = String(repeating: "0", count: 1_000_000)
        let rows = try Self.read("n,t\r\n1\(zeros)e-1000000,\r\n0.\(zeros)5e1000001,\r\n1\(zeros),\r\n0.\(zeros)1,\r\n")
        #expect(rows.map { $0[0] } == [.real(1), .real(5), .real(.infinity), .real(0)])
    }

    // MARK: Blocks

    private static let good = Array(
        "n,t\r\n1,a\r\n,\r\n\"\",\"b \"\"\r\n\"\"\"\r\n-2.5,\\xFF00\r\n\\t7,\\\\x\r\n\\hFF,\\i3\r\n9e999,\\r1e3\r\n"
            .utf8)
    private static let goodRows: [[ReadValue]] = [
        [.integer(1), .text("a")], [.null, .null], [.text(""), .text("b \"\r\n\"")], [.real(-2.5), .blob([0xFF, 0])],
        [.text("7"), .text("\\x")], [.storedText([0xFF]), .integer(3)], [.real(.infinity), .real(1000)],
    ]
    /// Where its records end, but for the last one.
    private static let ends = good.indices.filter {
        good[..<$0].suffix(2) == [13, 10] && good[..<$0].count { $0 == 0x22 } % 2 == 0 && $0 < good.count
    }

    @Test("Records may come in blocks of any number, the header alone or an empty block among them")
    func blocks() throws {
        try #require(Self.ends.count == 7)
        for blocks in cuts(of: Self.good, at: Self.ends) {
            #expect(try Self.read(blocks) == Self.goodRows)
            #expect(try Self.read(Array(blocks.map { [$0] }.joined(separator: [[]])) + [[]]) == Self.goodRows)
        }
    }

    @Test("A block that ends within a record is refused")
    func cutOff() {
        for end in Self.good.indices where end > 0 && !Self.ends.contains(end) {
            #expect(throws: RowTextError.self) { try Self.read([Array(Self.good[..<end])]) }
        }
    }

    @Test("Values point into the block, which is decoded where it stands, even the empty ones")
    func inPlace() throws {
        var block = Array("n,t\r\n\"\",\"a\"\"b\"\r\n\\x,\\h\r\n".utf8)
        var lengths: [Int] = []
        try block.withUnsafeMutableBytes { block in
            let start = try #require(UnsafeRawPointer(block.baseAddress))
            var reader = CSVRowReader(names: [[0x6E], [0x74]], keepsText: [false, true])
            try reader.read(block) { row in
                for value in row {
                    switch value {
                    case .text(let bytes), .storedText(let bytes), .blob(let bytes):
                        let place = try #require(bytes.baseAddress) - start
                        #expect((0..<block.count).contains(place))
                        lengths.append(bytes.count)
                    default: Issue.record("\(value) has no bytes")
                    }
                }
            }
        }
        #expect(lengths == [0, 3, 0, 0])
    }

    // MARK: Fuzz

    @Test("Whatever comes is read or refused")
    func fuzz() {
        var generator = SeededGenerator(seed: 3)
        var readable = 0
        withFuzz(of: Self.good, rounds: 20_000, using: &generator) { text in
            do {
                _ = try Self.read([text])
                readable += 1
            } catch {
                #expect(error is RowTextError)
            }
        }
        #expect(readable > 100)
    }

    @Test("Any texts and blobs come back")
    func randomFields() throws {
        var generator = SeededGenerator(seed: 4)
        let alphabet = Array("\",\r\n\\ \t#ab5.e-+xhtir\u{00E9}\u{1F600}".unicodeScalars)
        var text = "n,t\r\n"
        var expected: [[ReadValue]] = []
        for _ in 0..<5_000 {
            var field = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0...20, using: &generator) {
                field.append(alphabet.randomElement(using: &generator) ?? "a")
            }
            let blob = (0..<Int.random(in: 0...20, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            let backslashes = field.prefix { $0 == "\\" }
            let inside = (String(backslashes) + String(field)).split(separator: "\"", omittingEmptySubsequences: false)
            text += "\\x" + blob.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
            text += ",\"\(inside.joined(separator: "\"\""))\"\r\n"
            expected.append([.blob(blob), .text(String(field))])
        }
        #expect(try Self.read(text) == expected)
    }
}
