import Dump
import Model

/// Passes on what D1 takes of a dump's text, statement by statement; nothing of it is kept.
final class D1Filter {
    private static let sequenceTable: SQLText = "sqlite_sequence"
    /// As much of a statement as is looked at to see what it does; its table's name lies within.
    private static let lookSize = 16 << 10

    private let plan: DumpForD1
    private let sink: (UnsafeRawBufferPointer) throws -> Void
    /// A table that is made and dropped at once, so that there is a sqlite_sequence.
    private var passingTable: SQLText?

    init(_ plan: DumpForD1, sink: @escaping (UnsafeRawBufferPointer) throws -> Void) {
        self.plan = plan
        self.sink = sink
    }

    /// Before the first statement.
    func begin() throws { try write(plan.head) }

    /// Behind the last one.
    func finish() throws { try write(plan.tail) }

    /// - Parameter text: Whole statements.
    func append(_ text: UnsafeRawBufferPointer) throws {
        var splitter = StatementSplitter()
        var start = 0
        while let end = splitter.nextBoundary(in: text) {
            let statement = text[start..<end].drop { $0 <= 0x20 }
            try pass(UnsafeRawBufferPointer(rebasing: statement))
            start = end
        }
        guard text[start...].allSatisfy({ $0 <= 0x20 }) else { throw Self.notUnderstood(text[start...].prefix(80)) }
    }

    private func pass(_ statement: UnsafeRawBufferPointer) throws {
        let beginning = Array(statement.prefix(Self.lookSize))
        let tokens = Array(SQLTokens(beginning).prefix(3))
        guard let first = tokens.first, beginning[first.range.lowerBound] != UInt8(ascii: ";") else { return }
        switch tokens.prefix(2).map(\.word) {
        case ["insert", "into"]:
            try passRows(of: Self.name(tokens, beginning), statement)
        case ["delete", "from"] where Self.name(tokens, beginning) == Self.sequenceTable:
            try write(statement)
        case ["create", "table"]:
            try passTable(Self.name(tokens, beginning), statement)
        case ["drop", "table"]:
            if Self.name(tokens, beginning) == passingTable { try write(statement) }
        case ["update", "sqlite_master"]:
            try checkUpdate(statement)
        default:
            // The manifest has the schema as it is in the end.
            let dropped = ["create", "pragma", "begin", "commit", "analyze", "reindex"]
            guard dropped.contains(first.word) else { throw Self.notUnderstood(statement.prefix(80)) }
        }
    }

    /// Folded. A dump has other white space in the place of a name's CR LF.
    private static func name(_ tokens: [SQLTokens.Token], _ bytes: [UInt8]) -> SQLText {
        guard tokens.count == 3 else { return "" }
        return SQLText(bytes: CarriageReturns.returned(in: SQLTokens.name(tokens[2], in: bytes).bytes))
    }

    private func passTable(_ name: SQLText, _ statement: UnsafeRawBufferPointer) throws {
        if let table = plan.tables[name] {
            try check(statement, of: table)
        } else if name.hasPrefixIgnoringCase("nightjar_sequence") {
            passingTable = name
            try write(statement)
        }
    }

    private func passRows(of name: SQLText, _ statement: UnsafeRawBufferPointer) throws {
        // What stands for a virtual table, and the statistics.
        let isDropped = name == "sqlite_master" || name.hasPrefixIgnoringCase("sqlite_stat")
        if isDropped || plan.leftOut.contains(name) { return }
        if name == Self.sequenceTable { return try write(statement) }
        guard let table = plan.tables[name] else { throw Self.notUnderstood(statement.prefix(80)) }
        // D1 counts without the semicolon.
        guard statement.count - 1 <= DumpForD1.statementLimit else {
            for piece in try D1LongRow(statement, of: table).statements() { try write(piece) }
            return
        }
        guard D1Rows.areTooMany(in: statement, of: table) else { return try write(statement) }
        let parts = D1Rows.statements(statement, of: table)
        guard !parts.isEmpty else { throw Self.notUnderstood(statement.prefix(80)) }
        for part in parts { try write(part) }
    }

    // MARK: Ways around a constraint

    /// - Parameter statement: Gives the table other text for a while.
    private func checkUpdate(_ statement: UnsafeRawBufferPointer) throws {
        let bytes = Array(statement)
        let quoted = SQLTokens(bytes).filter { $0.isQuoted }.suffix(2).map { SQLTokens.name($0, in: bytes) }
        guard quoted.first == "table", let name = quoted.last else { return }
        let original = SQLText(bytes: CarriageReturns.returned(in: name.bytes))
        if let table = plan.tables[original] { try check(statement, of: table) }
    }

    private func check(_ statement: UnsafeRawBufferPointer, of table: DumpForD1.Table) throws {
        guard PassingCheck.count(in: statement) > table.passingChecks else { return }
        throw DumpForD1.refusal(
            "the table \(table.layout.name) has rows that its own definition refuses: NULL in a column that is NOT "
                + "NULL, or what only the application computes in a generated one")
    }

    // MARK: Writing

    private func write(_ statement: UnsafeRawBufferPointer) throws {
        try sink(statement)
        try write([UInt8(ascii: "\n")])
    }

    private func write(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try sink($0) }
    }

    private static func notUnderstood(_ statement: Slice<UnsafeRawBufferPointer>) -> NightjarError {
        NightjarError(
            .difference,
            "the dump has a statement that no Nightjar writes: \(String(decoding: statement, as: UTF8.self))",
            hint: "Do not use what has been written so far. Look at the backup with: nightjar verify")
    }
}
