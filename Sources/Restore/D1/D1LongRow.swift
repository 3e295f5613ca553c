import Dump
import Model

/// A row whose INSERT is longer than D1 takes: long values are written as empty ones, and get their bytes piece by
/// piece.
struct D1LongRow {
    private enum Kind {
        /// What stands between the quotes; a marker of two bytes stands for CR where there is one.
        case text(Range<Int>, marker: [UInt8])
        /// Hexadecimal digits.
        case blob(Range<Int>)
        /// Hexadecimal digits of a text's bytes.
        case bytesOfText(Range<Int>)
    }

    /// Bytes of a literal in one statement; an even number, for two digits are a byte.
    private static let pieceSize = 80_000
    /// Shorter literals stay in the INSERT.
    private static let shortest = 500
    private static let quote = UInt8(ascii: "'")

    private let table: DumpForD1.Table
    private let bytes: [UInt8]
    /// Where VALUES ends.
    private let prologueEnd: Int
    /// One for each value, in the order of `names`.
    private let values: [Range<Int>]
    /// Of the columns; first the rowid's, where the row carries it.
    private let names: [[UInt8]]
    private let rowidCount: Int

    /// - Parameter statement: An INSERT of one row, as `SQLRowWriter` writes it.
    init(_ statement: UnsafeRawBufferPointer, of table: DumpForD1.Table) throws {
        let bytes = Array(statement)
        var behindValues: Int?
        var values: [Range<Int>] = []
        var start = 0
        var rows = 0
        for token in SQLTokens(bytes) {
            guard behindValues != nil else {
                if token.word == "values", token.depth == 0 { behindValues = token.range.upperBound }
                continue
            }
            guard !token.isQuoted else { continue }
            switch (bytes[token.range.lowerBound], token.depth) {
            case (UInt8(ascii: "("), 1):
                start = token.range.upperBound
            case (UInt8(ascii: ","), 1):
                values.append(start..<token.range.lowerBound)
                start = token.range.upperBound
            case (UInt8(ascii: ")"), 0):
                values.append(start..<token.range.lowerBound)
                rows += 1
            default:
                break
            }
        }
        let layout = table.layout
        var names = layout.columns.map { $0.name.quoted }
        if let rowid = layout.rowidName { names.insert(Array(rowid.utf8), at: 0) }
        guard let end = behindValues, rows == 1, values.count == names.count else {
            throw DumpForD1.refusal("a statement on the table \(layout.name) is longer than 100,000 bytes")
        }
        self.table = table
        self.bytes = bytes
        self.values = values
        self.names = names
        prologueEnd = end
        rowidCount = layout.rowidName == nil ? 0 : 1
    }

    /// Statements that make the row, in their order.
    /// - Throws: code `usage` where D1 cannot hold it, or it cannot be made so.
    func statements() throws -> [[UInt8]] {
        let long = values.indices.filter { values[$0].count > Self.shortest && !isUnique($0) }
        let size = long.reduce(0) { $0 + self.size(of: $1) }
        guard size <= DumpForD1.rowLimit else {
            throw refusal("has about \(SizeText.format(Int64(size))), and D1 takes rows of 2,000,000 bytes")
        }
        guard !table.layout.hasGeneratedColumns else {
            throw refusal("is longer than a statement may be, and generated columns keep it from being made of pieces")
        }
        let row = try condition(long)
        var insert = Array(bytes[..<prologueEnd])
        insert += "\n(".utf8
        var updates: [[UInt8]] = []
        for index in values.indices {
            if index > 0 { insert.append(UInt8(ascii: ",")) }
            guard long.contains(index) else {
                insert += bytes[values[index]]
                continue
            }
            guard let literal = kind(of: index) else { throw refusal("holds a literal that no Nightjar writes") }
            var isBlob = false
            if case .blob = literal { isBlob = true }
            // What is not whole yet may read like a number.
            guard isBlob || table.layout.columns[index - rowidCount].keepsText else {
                throw refusal("has a text that cannot be made of pieces in a column of numbers")
            }
            insert += (isBlob ? "X''" : "''").utf8
            for piece in pieces(of: literal) {
                updates.append(update(names[index], by: piece, isBlob: isBlob, where: row))
            }
        }
        insert += ");\n".utf8
        let all = [insert] + updates
        // Neither the line feed nor the semicolon counts.
        guard all.allSatisfy({ $0.count - 2 <= DumpForD1.statementLimit }) else {
            throw refusal("is longer than a statement may be, even in pieces")
        }
        return all
    }

    private func update(_ column: [UInt8], by piece: [UInt8], isBlob: Bool, where row: [UInt8]) -> [UInt8] {
        var text = Array("UPDATE ".utf8)
        text += table.layout.name.quoted
        text += " SET ".utf8
        text += column
        // What is put together is a text to SQLite, with the bytes of both.
        text += (isBlob ? "=CAST(" : "=").utf8
        text += column
        text += "||".utf8
        text += piece
        text += (isBlob ? " AS BLOB) WHERE " : " WHERE ").utf8
        text += row
        text += ";\n".utf8
        return text
    }

    /// Whether other rows, or a foreign key, might meet what is not whole yet. The key by which the row is found is
    /// looked at there.
    private func isUnique(_ index: Int) -> Bool {
        guard index >= rowidCount else { return false }
        let name = table.layout.columns[index - rowidCount].name.folded
        return table.uniqueColumns.contains(name) && !table.keys.contains { $0.folded == name }
    }

    /// What is true of this row alone.
    private func condition(_ long: [Int]) throws -> [UInt8] {
        let layout = table.layout
        let keyNames = Set(table.keys.map(\.folded))
        var keys = layout.columns.indices.filter { keyNames.contains(layout.columns[$0].name.folded) }
        if let key = layout.integerPrimaryKey { keys = [key] }
        if rowidCount > 0 { keys = [0] }
        guard !keys.isEmpty, keys.allSatisfy({ !long.contains($0) }) else {
            throw refusal("is longer than a statement may be, and has no short key by which its pieces could find it")
        }
        var text: [UInt8] = []
        for key in keys {
            if !text.isEmpty { text += " AND ".utf8 }
            text += names[key]
            // The key may tell rows apart that are equal to its column: PRIMARY KEY(k COLLATE BINARY) of a NOCASE one.
            text += (table.keys.isEmpty ? "=" : " COLLATE BINARY=").utf8
            text += bytes[values[key]]
        }
        return text
    }

    // MARK: Literals

    /// About as many bytes as SQLite stores.
    private func size(of index: Int) -> Int {
        if case .text(let range, marker: _)? = kind(of: index) {
            return range.count - bytes[range].count { $0 == Self.quote } / 2
        }
        return values[index].count / 2
    }

    private func kind(of index: Int) -> Kind? {
        if let text = inside(index, "'", "'") { return .text(text, marker: []) }
        if let digits = inside(index, "X'", "'") { return .blob(digits) }
        if let digits = inside(index, "CAST(X'", "' AS TEXT)") { return .bytesOfText(digits) }
        // Behind the text come its end, a comma and the marker's beginning, and the marker itself.
        guard let text = inside(index, "replace('", "',char(13))"), text.count >= 5 else { return nil }
        let marker = Array(bytes[(text.upperBound - 2)..<text.upperBound])
        return .text(text.lowerBound..<(text.upperBound - 5), marker: marker)
    }

    /// What stands in a value's literal between that beginning and that end; nil where it has others.
    private func inside(_ index: Int, _ beginning: String, _ end: String) -> Range<Int>? {
        let range = values[index]
        let literal = bytes[range]
        let (first, last) = (Array(beginning.utf8), Array(end.utf8))
        guard literal.count >= first.count + last.count, literal.starts(with: first),
            literal.suffix(last.count).elementsEqual(last)
        else { return nil }
        return (range.lowerBound + first.count)..<(range.upperBound - last.count)
    }

    /// Literals whose values, one behind the other, are that of `kind`.
    private func pieces(of kind: Kind) -> [[UInt8]] {
        switch kind {
        case .blob(let range):
            return cuts(of: range).map { framed("X'", $0, "'") }
        case .bytesOfText(let range):
            return cuts(of: range).map { framed("CAST(X'", $0, "' AS TEXT)") }
        case .text(let range, marker: let marker):
            guard !marker.isEmpty else { return cuts(ofText: range, marker).map { framed("'", $0, "'") } }
            let end = "','\(String(decoding: marker, as: UTF8.self))',char(13))"
            return cuts(ofText: range, marker).map { framed("replace('", $0, end) }
        }
    }

    private func framed(_ beginning: String, _ range: Range<Int>, _ end: String) -> [UInt8] {
        var literal = Array(beginning.utf8)
        literal += bytes[range]
        literal += end.utf8
        return literal
    }

    private func cuts(of digits: Range<Int>) -> [Range<Int>] {
        stride(from: digits.lowerBound, to: digits.upperBound, by: Self.pieceSize).map { start in
            start..<min(start + Self.pieceSize, digits.upperBound)
        }
    }

    /// Characters, markers and doubled quotes stay whole.
    private func cuts(ofText range: Range<Int>, _ marker: [UInt8]) -> [Range<Int>] {
        var cuts: [Range<Int>] = []
        var start = range.lowerBound
        while start < range.upperBound {
            var end = min(start + Self.pieceSize, range.upperBound)
            if end < range.upperBound {
                while bytes[end] & 0xC0 == 0x80 { end -= 1 }
                if marker.count == 2, bytes[end - 1] == marker[0], bytes[end] == marker[1] { end -= 1 }
                let quotes = bytes[start..<end].reversed().prefix { $0 == Self.quote }
                if quotes.count % 2 == 1 { end -= 1 }
            }
            cuts.append(start..<end)
            start = end
        }
        return cuts
    }

    private func refusal(_ reason: String) -> NightjarError {
        // Other values are nobody's business.
        let key = rowidCount > 0 ? 0 : table.layout.integerPrimaryKey
        let number = key.map { " " + String(decoding: bytes[values[$0]], as: UTF8.self) } ?? ""
        return DumpForD1.refusal("the row\(number) of the table \(table.layout.name) \(reason)")
    }
}
