import Model

/// CR LF in the schema, which the sqlite3 shell would turn into LF: in names, literals and between words.
///
/// While a dump is imported each CR LF is other white space that stands nowhere else in the schema; at its end all of it
/// is put back in sqlite_schema at once. Literals that decide what an import stores, or refuses, get theirs back before
/// they are asked.
package struct CarriageReturns {
    /// What stands for CR LF; with more form feeds in front where the schema itself has the shortest one.
    private let marker: [UInt8]
    /// Whether the schema has any.
    let isNeeded: Bool

    /// Names with CR LF, which the dump's statements have to find as they stand in the dump.
    private let names: Set<SQLText>

    private static let pair: [UInt8] = [0x0D, 0x0A]
    /// Ends with a line feed, which also ends a comment.
    private static let shortestMarker: [UInt8] = [0x0C, 0x09, 0x0C, 0x0A]
    private static let formFeed: UInt8 = 0x0C

    /// - Parameter isWritten: Whether the dump holds the schema; where it does not, names stand in it as they are.
    init(_ schema: Schema, isWritten: Bool) {
        let objects = schema.entries.map(\.object)
        let names = objects.map(\.name) + schema.tables.flatMap { $0.columns.map(\.name) + $0.generated.map(\.name) }
        self.names = Set(names.filter { Self.hasPair($0.bytes) }.map(\.folded))
        let texts = objects.flatMap { [$0.name.bytes, $0.sql.bytes] }
        isNeeded = isWritten && texts.contains(where: Self.hasPair)
        var marker = Self.shortestMarker
        if isNeeded {
            while texts.contains(where: { !Self.places(of: marker, in: $0).isEmpty }) {
                marker.insert(Self.formFeed, at: 0)
            }
        }
        self.marker = marker
    }

    /// The bytes as they stand in the dump until its end.
    func replaced(in bytes: [UInt8]) -> [UInt8] {
        guard isNeeded, bytes.contains(0x0D) else { return bytes }
        var replaced: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == 0x0D, index + 1 < bytes.count, bytes[index + 1] == 0x0A {
                replaced += marker
                index += 2
            } else {
                replaced.append(bytes[index])
                index += 1
            }
        }
        return replaced
    }

    func replaced(in text: SQLText) -> SQLText { SQLText(bytes: replaced(in: text.bytes)) }

    /// A name as the source has it, of what it is in a dump until its end.
    package static func returned(in name: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        for byte in name {
            bytes.append(byte)
            guard bytes.suffix(shortestMarker.count).elementsEqual(shortestMarker) else { continue }
            bytes.removeLast(shortestMarker.count)
            while bytes.last == formFeed { bytes.removeLast() }
            bytes += pair
        }
        return bytes
    }

    /// A statement's text with CR LF in its literals alone, or nil where they have none.
    func replacedOutsideLiterals(in sql: SQLText) -> SQLText? {
        guard isNeeded, Self.hasPair(sql.bytes) else { return nil }
        var result: [UInt8] = []
        var position = 0
        var hasLiteral = false
        var previous: UInt8 = 0
        for token in SQLTokens(sql.bytes) {
            defer { previous = sql.bytes[token.range.upperBound - 1] }
            let quoted = Array(sql.bytes[token.range])
            guard token.isQuoted, Self.hasPair(quoted), !isName(quoted, after: previous) else { continue }
            result += replaced(in: Array(sql.bytes[position..<token.range.lowerBound])) + quoted
            position = token.range.upperBound
            hasLiteral = true
        }
        return hasLiteral ? SQLText(bytes: result + replaced(in: Array(sql.bytes[position...]))) : nil
    }

    /// Statements that put every CR LF back.
    func restore(to output: inout DumpOutput) throws {
        guard isNeeded else { return }
        let codes = marker.map(String.init).joined(separator: ",")
        let columns = ["name", "tbl_name", "sql"].map { "\($0)=replace(\($0),char(\(codes)),char(13,10))" }
        try output.append(
            text: """
                PRAGMA writable_schema=ON;
                UPDATE sqlite_master SET \(columns.joined(separator: ","));
                PRAGMA writable_schema=RESET;

                """)
        // A literal that reads like one of the names was taken for it.
        if !names.isEmpty { try output.append("REINDEX;\n") }
    }

    /// Whether quoted text stands for a column or an object. What is in single quotes does so only where a name has to
    /// stand: at the beginning of a definition.
    private func isName(_ quoted: [UInt8], after previous: UInt8) -> Bool {
        guard names.contains(SQLText(bytes: SQLTokens.unquoted(quoted)).folded) else { return false }
        return quoted.first != UInt8(ascii: "'") || [UInt8(ascii: "("), UInt8(ascii: ",")].contains(previous)
    }

    private static func hasPair(_ bytes: [UInt8]) -> Bool {
        bytes.contains(0x0D) && !places(of: pair, in: bytes).isEmpty
    }

    private static func places(of part: [UInt8], in bytes: [UInt8]) -> [Int] {
        guard bytes.count >= part.count else { return [] }
        return (0...(bytes.count - part.count)).filter { bytes[$0..<($0 + part.count)].elementsEqual(part) }
    }
}
