import SQLite
import TestSupport
import Testing

@testable import Dump

@Suite("Text that is a number to SQLite") struct NumberTextTests {
    private static func isNumber(_ text: String) -> Bool {
        Array(text.utf8).withUnsafeBytes { NumberText.isNumber($0) }
    }

    @Test(
        "is told from other text",
        arguments: [
            ("0", true), ("-5", true), ("+.5", true), ("5.", true), (" \t\n\u{B}\u{C}\r5 \t\n\u{B}\u{C}\r", true),
            ("1e5", true), ("1.5E-05", true), ("1e", false), ("1e+", false), (".", false), ("", false), (" ", false),
            ("-", false), ("e5", false), (".e5", false), ("0x10", false), ("1 2", false), ("1.2.3", false),
            ("2024-01-05", false), ("nan", false), ("inf", false), ("1e5.0", false), ("١", false), ("1\0", false),
            ("--1", false), ("1_000", false), (String(repeating: "9", count: 500), true),
        ])
    func examples(text: String, expected: Bool) {
        #expect(Self.isNumber(text) == expected)
    }

    @Test("is that which a column of NUMERIC makes a number of")
    func sqlite() throws {
        var generator = SeededGenerator(seed: 3)
        let pieces = [
            "", "", "", " ", "\t", "\n", "\u{B}", "\u{C}", "\r", "+", "-", "0", "7", "12", "99999999999999999999", ".",
            "e",
            "E", "e5", ".5", "x", "\u{1C}", "\u{A0}", "\0", "Inf",
        ]
        let database = try Database.inMemory()
        try database.execute("CREATE TABLE t(c NUMERIC)")
        let insert = try database.prepare("INSERT INTO t VALUES (?1) RETURNING typeof(c)")
        var numbers = 0
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...7, using: &generator)
            let text = (0..<count).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            insert.reset()
            try insert.bind(.text(text), at: 1)
            try #require(try insert.step())
            let becomesNumber = insert.utf8(at: 0) != Array("text".utf8)
            if becomesNumber { numbers += 1 }
            if Self.isNumber(text) != becomesNumber { Issue.record("\(text.debugDescription): \(becomesNumber)") }
        }
        #expect(numbers > 1000)
    }
}
