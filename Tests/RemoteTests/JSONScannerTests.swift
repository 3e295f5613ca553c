import Testing

@testable import Remote

@Suite("JSON, read once from its beginning to its end") struct JSONScannerTests {
    private func accepts(_ text: String) -> Bool {
        var json = JSONScanner(Array(text.utf8))
        do {
            try json.skip()
            try json.finish()
            return true
        } catch {
            return false
        }
    }

    @Test(
        "What RFC 8259 calls JSON is taken",
        arguments: [
            "null", " true ", "false", "0", "-0", "12.5e-3", "1E+9", "\"\"", #""a\"\\\/\b\f\n\r\t\u00e9""#, "[]", "{}",
            "[1,[2,{}],\n{\"a\":[]}]", #"{"a":1,"a":2}"#, "\"\u{1F600}\u{7F}\"", #""\ud83d\ude00""#,
        ])
    func good(text: String) {
        #expect(accepts(text))
    }

    @Test(
        "What is anything else is refused",
        arguments: [
            "", " ", "nul", "nulL", "truefalse", "01", "-", "+1", "1.", ".5", "1e", "0x1", "NaN", "Infinity", "\"",
            "\"\n\"",
            #""\x""#, #""\u12g4""#, #""\u12"#, "'a'", "[1,]", "[,1]", "[1 2]", "[", "]", "{\"a\"}", "{\"a\":}", "{a:1}",
            #"{"a":1,}"#, "{,}", "[}", "1 2", "/* */ 1",
        ])
    func bad(text: String) {
        #expect(!accepts(text))
    }

    @Test("Bytes that are no UTF-8 are refused")
    func notUTF8() {
        #expect(throws: JSONError.self) {
            var json = JSONScanner([0x22, 0xFF, 0x22])
            try json.skip()
        }
    }

    @Test("A string ends at its quote, wherever that is, and holds no control character", arguments: 0...24)
    func ends(length: Int) throws {
        for filling in ["a", " ", "~", "\u{7F}", "é", "!", "#", "[", "]"] {
            let text = String(repeating: filling, count: length)
            var json = JSONScanner(Array("\"\(text)\"        \"".utf8))
            let found = try json.text()
            #expect(found.range == 1..<(1 + text.utf8.count))
            #expect(found.isPlain)
            for control in ["\u{0}", "\n", "\u{1F}"] {
                #expect(!accepts("\"\(text)\(control)12345678\""))
            }
            #expect(accepts("\"\(text)\\\\12345678\""))
            #expect(!accepts("\"\(text)\\x2345678\""))
        }
    }

    @Test("Only so many levels are opened")
    func depth() {
        let deepest = JSONScanner.deepest
        let open = String(repeating: "[", count: deepest)
        let close = String(repeating: "]", count: deepest)
        #expect(accepts(open + close))
        #expect(!accepts("[" + open + close + "]"))
    }

    @Test("Numbers are where they stand, with all of their digits")
    func numbers() throws {
        let bytes = Array("[9007199254740993, -1.5e300]".utf8)
        var json = JSONScanner(bytes)
        try json.openArray()
        var found: [String] = []
        while try json.nextElement() {
            let range = try json.number()
            found.append(String(decoding: bytes[range], as: UTF8.self))
        }
        #expect(found == ["9007199254740993", "-1.5e300"])
    }

    @Test("Keys are read with their escapes")
    func keys() throws {
        var json = JSONScanner(Array(#"{"ro\u0077s":1,"b":[{"c":2}]}"#.utf8))
        try json.openObject()
        let first = try json.nextKey()
        let isRows = try json.text(#require(first), is: "rows")
        #expect(isRows)
        try json.skip()
        let second = try json.nextKey()
        let name = try json.string(#require(second))
        #expect(name == "b")
        try json.skip()
        let third = try json.nextKey()
        #expect(third == nil)
        try json.finish()
    }

    @Test(
        "Strings say what their escapes say",
        arguments: [
            (#"a\"\\\/\b\f\n\r\t"#, "a\"\\/\u{8}\u{C}\n\r\t"), (#"\u0041\u00e9\u20AC"#, "A\u{E9}\u{20AC}"),
            (#"\ud83d\ude00!"#, "\u{1F600}!"), (#"\ud83d"#, "\u{FFFD}"), (#"\ud83dx"#, "\u{FFFD}x"),
            (#"\ude00\ud83d\ude00"#, "\u{FFFD}\u{1F600}"), (#"\u0000"#, "\0"),
        ])
    func escapes(text: String, meaning: String) {
        #expect(JSONText.unescaped(Array(text.utf8)[...]) == Array(meaning.utf8))
    }

    @Test("What is written in quotes reads back", arguments: ["", "a'b", "\"\\\n\u{1}\u{1F}/", "\u{1F600}\u{2028}"])
    func quoted(text: String) throws {
        var json = JSONScanner(Array(JSONText.quoted(text).utf8))
        let read = try json.string()
        #expect(read == text)
        try json.finish()
    }
}
