import Model
import Testing

@Suite("What others have written, on a line of a terminal or a log") struct PrintableTextTests {
    @Test(
        "What steers a terminal, ends a line or turns the direction of text shows as U+FFFD",
        arguments: [
            // NUL, the bell, a tab, ends of lines, ESC, DEL, and controls of eight bits
            0x00, 0x07, 0x09, 0x0A, 0x0D, 0x1B, 0x7F, 0x85, 0x9B,
            // Ends of a line and of a paragraph
            0x2028, 0x2029,
            // Unicode Standard Annex 9: marks, embeddings, overrides, isolates
            0x061C, 0x200E, 0x200F, 0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069,
        ] as [UInt32])
    func hostile(value: UInt32) throws {
        let scalar = try #require(Unicode.Scalar(value))
        #expect(PrintableText.line("a\(scalar)b") == "a\u{FFFD}b")
    }

    @Test("Each of several shows, and what follows them stays")
    func several() {
        #expect(PrintableText.line("a\r\nb\u{1B}[31mred\u{7}") == "a\u{FFFD}\u{FFFD}b\u{FFFD}[31mred\u{FFFD}")
        #expect(PrintableText.line("\u{202E}drow\u{2028}") == "\u{FFFD}drow\u{FFFD}")
    }

    @Test(
        "Everything else stays as it is", arguments: ["", "a b", "Größe ½ 𝄞", "日本語", "مرحبا", "e\u{301}", "\u{FFFD}"])
    func harmless(text: String) {
        #expect(PrintableText.line(text).unicodeScalars.elementsEqual(text.unicodeScalars))
    }

    @Test(
        "What is longer than it may be ends with an ellipsis",
        arguments: [("abc", 3, "abc"), ("abcd", 3, "abc…"), ("\u{1B}\u{7}ab", 3, "\u{FFFD}\u{FFFD}a…"), ("a", 0, "…")])
    func limit(text: String, limit: Int, expected: String) {
        #expect(PrintableText.line(text, limit: limit) == expected)
    }
}
