import Testing

@testable import Restore

extension CSVRowReaderTests {
    @Test(
        "What the export never writes is refused",
        arguments: [
            ("1,a\n", "LF instead of CR LF"), ("1,a\r2,b\r\n", "without its LF"), ("1,a\"b\r\n", "without quotes"),
            ("1\"2,\r\n", "without quotes"), ("1\r\n", "fewer fields"), ("\r\n", "fewer fields"),
            ("1,a,\r\n", "more fields"), ("1,\"a\"b\r\n", "closing quote"), ("1,\"a\" \r\n", "closing quote"),
            ("1,\"a\r\n", "never closed"), ("1,a", "middle of a row"), ("1,a\r", "middle of a row"),
            ("1,\"a\"", "middle of a row"), ("1,", "middle of a row"), ("1", "middle of a row"),
            ("1,\\\r\n", "backslash alone"), ("1,\\\\\\a\r\n", "not doubled"),
            ("1,\\n\r\n", "\"\\n\", which is no tag"),
            ("1,\\X00\r\n", "no tag"), ("\\ 1,\r\n", "no tag"), ("\\x0,\r\n", "\\x is not"),
            ("\\x0g,\r\n", "\\x is not"),
            (",\\x0011223344556677889g\r\n", "\\x is not"), (",\\hé\r\n", "\\h is not"), (",\\h0\r\n", "\\h is not"),
            ("1,\\x001122334455:677\r\n", "\\x is not"), ("1,\\x0011223`44556677\r\n", "\\x is not"),
            ("1,\\x0011223\u{10}44556677\r\n", "\\x is not"), ("1,\\x0011223@44556677\r\n", "\\x is not"),
            ("\\i,\r\n", "\\i is no"), ("\\i5.0,\r\n", "\\i is no"), ("\\i 5,\r\n", "\\i is no"),
            ("\\i+5,\r\n", "\\i is no"),
            ("\\i9223372036854775808,\r\n", "\\i is no"), ("\\i-9223372036854775809,\r\n", "\\i is no"),
            ("\\i5a,\r\n", "\\i is no"), (",\\r5\r\n", "\\r is no"), (",\\r\r\n", "\\r is no"),
            (",\\r5.0 \r\n", "\\r is no"),
            (",\\rnan\r\n", "\\r is no"), (",\\r.5\r\n", "\\r is no"), (",\\rInfinity\r\n", "\\r is no"),
        ])
    func refusals(record: String, reason: String) {
        let error = #expect(throws: RowTextError.self) { try Self.read("n,t\r\n7,x\r\n" + record) }
        #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
        #expect((10...(10 + record.utf8.count)).contains(error?.offset ?? 0))
    }

    @Test("The digits of hexadecimal are known one by one")
    func hexadecimal() {
        for byte in UInt8(0)...255 where !Array("\",\r\n".utf8).contains(byte) {
            let isDigit = Character(Unicode.Scalar(byte)).isHexDigit && byte < 0x80
            for (place, length) in [(0, 8), (7, 8), (3, 16), (8, 10), (9, 10)] {
                var digits = [UInt8](repeating: UInt8(ascii: "0"), count: length)
                digits[place] = byte
                let rows = try? Self.read([Array("n,t\r\n,\\x".utf8) + digits + [13, 10]])
                let value = UInt8(String(decoding: [byte], as: UTF8.self), radix: 16) ?? 0
                var bytes = [UInt8](repeating: 0, count: length / 2)
                bytes[place / 2] = place % 2 == 0 ? value << 4 : value
                #expect(rows == (isDigit ? [[.null, .blob(bytes)]] : nil))
            }
        }
    }

    @Test(
        "The header has to be the table's columns",
        arguments: [
            "t,n\r\n", "n\r\n", "n,t,u\r\n", "N,t\r\n", "\r\n", "n,t\n", "n,\"t \"\r\n", ",t\r\n", "n,t", "1,a\r\n",
        ])
    func header(text: String) {
        #expect(throws: RowTextError.self) { try Self.read(text) }
    }

    @Test("A header is quoted like any field, and has no tags")
    func quotedHeader() throws {
        let names = ["a,b", "c\"d", "\\hFF", " e", "f\r\ng", "5"]
        let header = "\"a,b\",\"c\"\"d\",\\hFF,\" e\",\"f\r\ng\",\"5\"\r\n"
        #expect(
            try Self.read([Array(header.utf8), Array(",,,,,\r\n".utf8)], names: names) == [
                Array(repeating: .null, count: 6)
            ])
    }

    @Test("Without a header there is no table")
    func noHeader() {
        #expect(throws: RowTextError(reason: "the header is missing", offset: 0)) { try Self.read([[]]) }
    }

    @Test("A reason quotes no more than 40 bytes of the dump")
    func excerpts() {
        let name = String(repeating: "x", count: 1000) + "\n"
        let error = #expect(throws: RowTextError.self) { try Self.read("\"\(name)\",t\r\n") }
        #expect(error?.reason.count { $0 == "x" } == 40)
    }
}
