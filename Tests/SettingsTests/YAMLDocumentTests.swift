import Testing
import YAML

@Suite("YAML documents")
struct YAMLDocumentTests {
    @Test("every node and key knows its line and column, counted from 1")
    func marks() throws {
        let root = try #require(try YAMLDocument.parse("# first\nä: [x, 'y']\nb:\n  c: 1\n"))
        guard case .mapping(let pairs) = root.kind else {
            Issue.record("the root is not a mapping")
            return
        }
        #expect(pairs.map { $0.key.text } == ["ä", "b"])
        #expect(pairs.map { $0.key.mark } == [YAMLMark(line: 2, column: 1), YAMLMark(line: 3, column: 1)])
        let items = [
            YAMLNode(.scalar("x", quoted: false), at: YAMLMark(line: 2, column: 5)),
            YAMLNode(.scalar("y", quoted: true), at: YAMLMark(line: 2, column: 8)),
        ]
        #expect(pairs.first?.value == YAMLNode(.sequence(items), at: YAMLMark(line: 2, column: 4)))
        guard case .mapping(let inner) = pairs.last?.value.kind else {
            Issue.record("b is not a mapping")
            return
        }
        #expect(inner.first?.value.mark == YAMLMark(line: 4, column: 6))
    }

    @Test("keys that come twice are kept, for the reader to judge")
    func duplicates() throws {
        let root = try #require(try YAMLDocument.parse("a: 1\na: 2\n"))
        guard case .mapping(let pairs) = root.kind else {
            Issue.record("the root is not a mapping")
            return
        }
        #expect(pairs.map { $0.value.text } == ["1", "2"])
    }

    @Test("a text without a document has no root", arguments: ["", "# only a comment\n", "\n\n"])
    func nothing(text: String) throws {
        let root = try YAMLDocument.parse(text)
        #expect(root == nil)
    }

    @Test(
        "what is not supported is refused where it stands",
        arguments: [
            ("a: [*.yaml]", "1:5: an unquoted `*` begins a YAML alias"),
            ("a: [*foo]", "1:5: an unquoted `*` begins a YAML alias"),
            ("a: {b: *}", "1:8: an unquoted `*` begins a YAML alias"),
            ("a: *foo", "1:4: an unquoted `*` begins a YAML alias"),
            ("a: &foo x", "1:4: an unquoted `&` begins a YAML anchor"),
            ("a: !foo x", "1:4: an unquoted `!` begins a YAML tag"),
            ("a: {b: ${X}}", "1:8: an unquoted `${…}` inside { } or [ ] is not YAML"),
            ("a: {b: pre${X:-y}, c: 1}", "1:8: an unquoted `${…}` inside { } or [ ] is not YAML"),
            ("a: [x, ${X}]", "1:8: an unquoted `${…}` inside { } or [ ] is not YAML"),
            ("a: {b: x/{Y}}", "1:8: an unquoted value with a `{` in it, inside { } or [ ], is not YAML"),
            ("a: 1\n---\nb: 2\n", "2:1: a second YAML document begins here"),
            ("? [a, b]\n: 1\n", "1:3: a key must be a word"),
        ])
    func unsupported(text: String, message: String) {
        let error = #expect(throws: YAMLError.self) { try YAMLDocument.parse(text) }
        #expect(error?.description.hasPrefix(message) == true, "\(String(describing: error))")
    }

    @Test("an alias and an unquoted variable come with the advice to use quotes", arguments: ["[*a]", "[${A}]", "@a"])
    func advice(text: String) {
        let error = #expect(throws: YAMLError.self) { try YAMLDocument.parse("key: \(text)\n") }
        #expect(error?.hint?.hasPrefix("put this in quotes") == true)
    }

    @Test(
        "a syntax error has its place",
        arguments: [
            ("a: b: c\n", 1, 5), ("a: {b: c\nd: e\n", 2, 2), ("a:\n\t- b\n", 2, 1), ("a: \"x\n", 2, 1),
            ("a: @x\n", 1, 4), ("ok: 1\na: \u{1}\n", 2, 4),
        ])
    func syntax(text: String, line: Int, column: Int) {
        let error = #expect(throws: YAMLError.self) { try YAMLDocument.parse(text) }
        #expect(error?.line == line)
        #expect(error?.column == column)
    }

    @Test("sixty-four levels are read and sixty-five refused")
    func depth() throws {
        let deepest = String(repeating: "[", count: 63) + "x" + String(repeating: "]", count: 63)
        #expect(try YAMLDocument.parse(deepest) != nil)
        let error = #expect(throws: YAMLError.self) {
            try YAMLDocument.parse(String(repeating: "[", count: 100))
        }
        #expect(error?.message == "nested more than 64 levels deep")
        #expect(error?.column == 65)
    }
}
