import Model
import TestSupport
import Testing

/// What docs/formats.md says of files.
@Suite("A table's name as the name of a file") struct TableFileNameTests {
    private static let digits = Set("0123456789ABCDEF".utf8)
    private static let hashDigits = Set("0123456789abcdef".utf8)
    private static let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.".utf8)

    private static func text(_ bytes: [UInt8]) -> String { TableFileName.text(of: SQLText(bytes: bytes)) }

    /// What is wrong with the name of a file, or nil.
    private static func complaint(about text: String) -> String? {
        let bytes = Array(text.utf8)
        if bytes.isEmpty { return "no bytes" }
        if bytes.count > 200 { return "\(bytes.count) bytes" }
        if bytes[0] == UInt8(ascii: ".") { return "a point in front" }
        // That of a table without a name.
        if text == "%" { return nil }
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard rest.count >= 2, rest.prefix(2).allSatisfy({ digits.contains($0) }) else {
                    return "a percent sign without its digits"
                }
                rest = rest.dropFirst(2)
            case UInt8(ascii: "~"):
                let isHash = rest.count == 16 && rest.allSatisfy { hashDigits.contains($0) }
                return isHash ? nil : "a tilde without a hash"
            case let other:
                guard plain.contains(other) else { return "the byte \(other)" }
            }
        }
        return nil
    }

    @Test(
        "is the name itself, but for bytes that could mean something else",
        arguments: [
            ("orders", "orders"), ("A-z_0.9", "A-z_0.9"), ("order items", "order%20items"), ("", "%"), ("%", "%25"),
            ("%41", "%2541"), ("%2F", "%252F"), (".", "%2E"), ("..", "%2E."), (".x", "%2Ex"), ("x.", "x."),
            ("a..b", "a..b"), ("a/b", "a%2Fb"), ("../../x", "%2E.%2F..%2Fx"), ("a\\b", "a%5Cb"), ("~", "%7E"),
            ("\u{E4}", "%C3%A4"), ("a\u{301}", "a%CC%81"), ("a\0b", "a%00b"), ("a\r\nb", "a%0D%0Ab"), ("\"", "%22"),
        ])
    func names(name: String, text: String) {
        #expect(TableFileName.text(of: SQLText(name)) == text)
        #expect(Self.complaint(about: text) == nil)
    }

    @Test("has every byte of a name that is not UTF-8")
    func brokenBytes() {
        #expect(Self.text([0x61, 0xFF]) == "a%FF")
        #expect(Self.text([0xC3]) == "%C3")
        #expect(Self.text([0xC3, 0x28]) == "%C3%28")
        #expect(Self.text([0xED, 0xA0, 0x80]) == "%ED%A0%80")
        // As text they would all be U+FFFD.
        #expect(Self.text([0xFF]) != Self.text([0xFE]))
        #expect(Self.text([0xFF]) != Self.text([0xEF, 0xBF, 0xBD]))
    }

    @Test("keeps upper and lower case")
    func caseOfLetters() {
        #expect(TableFileName.text(of: "Orders") == "Orders")
        #expect(TableFileName.text(of: "orders") == "orders")
        let long = (String(repeating: "x", count: 300), String(repeating: "x", count: 299) + "X")
        #expect(TableFileName.text(of: SQLText(long.0)) != TableFileName.text(of: SQLText(long.1)))
    }

    @Test("is whole up to 200 bytes, escapes included, and above that cut and told apart by a hash")
    func lengths() {
        let whole = String(repeating: "x", count: 200)
        #expect(TableFileName.text(of: SQLText(whole)) == whole)
        let cut = String(repeating: "x", count: 180)
        #expect(TableFileName.text(of: SQLText(whole + "x")) == cut + "~84a0678c90937f5d")
        // 66 escapes and two letters are 200 bytes; 67 escapes are 201.
        let escapes = [UInt8](repeating: 0xFF, count: 66)
        #expect(Self.text(escapes + Array("xx".utf8)) == String(repeating: "%FF", count: 66) + "xx")
        #expect(Self.text(escapes + [0xFF]) == String(repeating: "%FF", count: 60) + "~cf2ace77b897fa6f")
        // The escape of the last byte is what makes it too long.
        let almost = String(repeating: "x", count: 197)
        #expect(TableFileName.text(of: SQLText(almost + "/")) == almost + "%2F")
        #expect(TableFileName.text(of: SQLText(almost + "x/")) == cut + "~3515116153d5effa")
    }

    @Test("is cut before an escape, not in the middle of one", arguments: [177, 178, 179, 180])
    func cuts(before: Int) throws {
        let front = String(repeating: "x", count: before)
        let text = TableFileName.text(of: SQLText(front + "/" + String(repeating: "x", count: 30)))
        #expect(Self.complaint(about: text) == nil, "\(text)")
        let stem = try #require(text.split(separator: "~").first.map { String($0) })
        #expect(stem == (before == 177 ? front + "%2F" : front))
    }

    @Test("tells long names apart that begin with the same 180 bytes")
    func longNames() {
        let front = String(repeating: "order items ", count: 15)
        var texts: Set<String> = []
        for end in ["a", "b", "A", "aa", "a ", " a", "\u{E4}", String(repeating: "a", count: 1000)] {
            let text = TableFileName.text(of: SQLText(front + end))
            #expect(text.utf8.count == 197)
            #expect(Self.complaint(about: text) == nil, "\(text)")
            texts.insert(text)
        }
        #expect(texts.count == 8)
        #expect(Set(texts.map { $0.prefix(181) }).count == 1)
    }

    @Test("is never that of another table, whatever bytes the names have")
    func randomNames() {
        var generator = SeededGenerator(seed: 180)
        // Of which escapes, cuts and hashes are made.
        let special = Array("aAxX.%~/_-0257EFef".utf8) + [0, 0x7F, 0xC3, 0xFF]
        var names: Set<SQLText> = [""]
        for index in 0..<4000 {
            var bytes = index % 4 == 0 ? [UInt8](repeating: 0x78, count: 178) : []
            let isSpecial = index % 2 == 0
            // Short ones often, as these come close to each other.
            let count = Int.random(in: 0...(index % 3 == 0 ? 3 : 300), using: &generator)
            for _ in 0..<count {
                let byte = UInt8.random(in: 0...255, using: &generator)
                bytes.append(isSpecial ? special[Int(byte) % special.count] : byte)
            }
            names.insert(SQLText(bytes: bytes))
            // What is written of a name is one, too.
            names.insert(SQLText(Self.text(bytes)))
        }
        var tables: [String: SQLText] = [:]
        for name in names {
            let text = TableFileName.text(of: name)
            if let problem = Self.complaint(about: text) { Issue.record("\(name.bytes): \(text) has \(problem)") }
            if let other = tables.updateValue(name, forKey: text) {
                Issue.record("\(name.bytes) and \(other.bytes) are both \(text)")
            }
        }
        #expect(tables.count == names.count)
    }
}
