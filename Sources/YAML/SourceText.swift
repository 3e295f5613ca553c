/// The lines of a document, to find what a person meant at a place where YAML reads something else.
struct SourceText {
    private let lines: [[Unicode.Scalar]]

    init(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { Array($0) }
    }

    /// The scalar at a place, `nil` past the end of its line.
    func scalar(at mark: YAMLMark) -> Unicode.Scalar? {
        guard let line = self.line(at: mark), line.indices.contains(mark.column - 1) else { return nil }
        return line[mark.column - 1]
    }

    /// Where the unquoted value begins in whose middle YAML took a brace for a mapping's, as in `${…}`. Nil when the
    /// brace is not in the middle of a value.
    func startOfValue(aroundBrace mark: YAMLMark) -> YAMLMark? {
        guard let line = self.line(at: mark) else { return nil }
        let brace = mark.column - 1
        let delimiters: [Unicode.Scalar] = [" ", "\t", ",", "[", "{"]
        let closers: [Unicode.Scalar] = ["]", "}", "\"", "'"]
        guard line.indices.contains(brace), line[brace] == "{", brace > 0,
            !(delimiters + closers).contains(line[brace - 1])
        else { return nil }
        var start = brace - 1
        while start > 0, !delimiters.contains(line[start - 1]) { start -= 1 }
        return YAMLMark(line: mark.line, column: start + 1)
    }

    /// The place of a byte of the document.
    static func mark(ofByte offset: Int, in bytes: [UInt8]) -> YAMLMark {
        var line = 1
        var column = 1
        for byte in bytes.prefix(max(offset, 0)) {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0b1100_0000 != 0b1000_0000 {
                column += 1
            }
        }
        return YAMLMark(line: line, column: column)
    }

    private func line(at mark: YAMLMark) -> [Unicode.Scalar]? {
        lines.indices.contains(mark.line - 1) ? lines[mark.line - 1] : nil
    }
}
