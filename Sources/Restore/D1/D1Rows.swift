import Dump

/// Rows of one INSERT in several: D1 takes rows of more than 100 values, the rowid among them, one at a time only, and
/// no statement that becomes more than 25,000 instructions, however short it is
/// (<https://www.sqlite.org/c3ref/c_limit_attached.html#sqlitelimitvdbeop>).
enum D1Rows {
    /// A value has one in front of it, and a call or a calculation some more; none stands for more than two
    /// instructions. SQLite doubles the room for instructions, and so gets no further than 21,504.
    private static let mostSeparators = 10_000

    /// Looks at bytes alone, those of texts too: a statement that is cut for nothing does no harm.
    static func areTooMany(in statement: UnsafeRawBufferPointer, of table: DumpForD1.Table) -> Bool {
        isWide(table) || statement.count(where: isSeparator) > mostSeparators
    }

    /// - Parameter statement: An INSERT, as `SQLRowWriter` writes it.
    static func statements(_ statement: UnsafeRawBufferPointer, of table: DumpForD1.Table) -> [[UInt8]] {
        let bytes = Array(statement)
        let most = isWide(table) ? 0 : mostSeparators
        var prologue: [UInt8] = []
        var statements: [[UInt8]] = []
        var rows: [UInt8] = []
        var separators = 0
        var rowStart = 0
        var rowSeparators = 0
        for token in SQLTokens(bytes) {
            guard !prologue.isEmpty else {
                // A column of that name stands between brackets.
                if token.word == "values", token.depth == 0 { prologue = Array(bytes[..<token.range.upperBound]) }
                continue
            }
            let byte = bytes[token.range.lowerBound]
            guard !token.isQuoted, isSeparator(byte) || byte == UInt8(ascii: ")") else { continue }
            rowSeparators += 1
            if byte == UInt8(ascii: "("), token.depth == 1 { rowStart = token.range.lowerBound }
            guard byte == UInt8(ascii: ")"), token.depth == 0 else { continue }
            if !rows.isEmpty, separators + rowSeparators > most {
                statements.append(prologue + rows + [UInt8(ascii: ";")])
                rows = []
                separators = 0
            }
            rows += (rows.isEmpty ? "\n" : ",\n").utf8
            rows += bytes[rowStart..<token.range.upperBound]
            separators += rowSeparators
            rowSeparators = 0
        }
        if !rows.isEmpty { statements.append(prologue + rows + [UInt8(ascii: ";")]) }
        return statements
    }

    private static func isWide(_ table: DumpForD1.Table) -> Bool {
        table.layout.columns.count + (table.layout.carriesRowid ? 1 : 0) > DumpForD1.columnLimit
    }

    private static func isSeparator(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ","), UInt8(ascii: "("), UInt8(ascii: "*"), UInt8(ascii: "/"): true
        default: false
        }
    }
}
