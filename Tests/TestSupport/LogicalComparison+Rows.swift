import Model
import SQLite

/// Rows that differ, over all tables.
struct RowDifferences {
    var count = 0
    /// The first few, for people.
    var examples: [String] = []
    /// What is wrong with whole tables.
    var broken: [String] = []

    mutating func add(_ example: @autoclosure () -> String) {
        count += 1
        if examples.count < 10 { examples.append(example()) }
    }
}

/// A row as bytes that are equal only where class and content are.
enum RowBytes {
    static func row(of statement: Statement) -> [UInt8] {
        var bytes: [UInt8] = []
        for column in 0..<statement.columnCount { append(statement.value(at: column), to: &bytes) }
        return bytes
    }

    private static func append(_ value: SQLValue, to bytes: inout [UInt8]) {
        switch value {
        case .null:
            bytes.append(UInt8(ascii: "n"))
        case .integer(let integer):
            bytes.append(UInt8(ascii: "i"))
            append(UInt64(bitPattern: integer), to: &bytes)
        case .real(let real):
            bytes.append(UInt8(ascii: "r"))
            append(real.bitPattern, to: &bytes)
        case .text(let text):
            bytes.append(UInt8(ascii: "t"))
            append(UInt64(text.count), to: &bytes)
            bytes += text
        case .blob(let blob):
            bytes.append(UInt8(ascii: "b"))
            append(UInt64(blob.count), to: &bytes)
            bytes += blob
        }
    }

    private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }
}

extension LogicalComparison {
    /// Reads a table on both sides in its own order, then the rowids apart: 2,000 columns leave no room for them.
    func compareRows(
        of object: SchemaRow, _ first: Database, _ second: Database, _ differing: inout RowDifferences
    ) throws {
        let table = SQLText(bytes: object.name).description
        let source = [UInt8](" FROM ".utf8) + object.quotedName + [UInt8](" NOT INDEXED".utf8)
        guard let right = try? second.prepare([UInt8]("SELECT *".utf8) + source) else {
            differing.broken.append("the table \(table) cannot be read")
            return
        }
        let left = try first.prepare([UInt8]("SELECT *".utf8) + source)
        guard left.columnCount == right.columnCount else {
            differing.broken.append(
                "the table \(table) has \(right.columnCount) columns instead of \(left.columnCount)")
            return
        }
        if needsApplication {
            try compareUnordered(table, left, right, &differing)
            return
        }
        try compare("row", of: table, left, right, &differing)
        guard !comparesRowsAlone else { return }

        guard let alias = try rowidName(of: object.name, first) else { return }
        let query = [UInt8]("SELECT \(alias)".utf8) + source
        // WITHOUT ROWID tables have none, and say so.
        guard let leftRowids = try? first.prepare(query) else { return }
        guard let rightRowids = try? second.prepare(query) else {
            differing.broken.append("the table \(table) has no rowids any more")
            return
        }
        try compare("rowid of row", of: table, leftRowids, rightRowids, &differing)
    }

    private func compare(
        _ what: String, of table: String, _ left: Statement, _ right: Statement, _ differing: inout RowDifferences
    ) throws {
        var number = 0
        while true {
            let hasLeft = try left.step()
            let hasRight = try right.step()
            guard hasLeft || hasRight else { return }
            number += 1
            guard hasLeft && hasRight else {
                let words = hasLeft ? "ends too early, at" : "goes on too long, from"
                differing.broken.append("the table \(table) \(words) row \(number)")
                return
            }
            for column in 0..<left.columnCount {
                let expected = left.value(at: column)
                let found = right.value(at: column)
                guard !Self.isSame(expected, found) else { continue }
                differing.add(
                    "\(table), \(what) \(number), column \(column + 1): "
                        + "\(Self.shown(found)) instead of \(Self.shown(expected))")
                break
            }
        }
    }

    /// For tables whose order is an application's own.
    private func compareUnordered(
        _ table: String, _ left: Statement, _ right: Statement, _ differing: inout RowDifferences
    ) throws {
        var counts: [[UInt8]: Int] = [:]
        var balance = 0
        while try left.step() {
            counts[RowBytes.row(of: left), default: 0] += 1
            balance += 1
        }
        while try right.step() {
            counts[RowBytes.row(of: right), default: 0] -= 1
            balance -= 1
        }
        if balance != 0 { differing.broken.append("the table \(table) has \(balance) rows too few") }
        for (row, count) in counts where count > 0 {
            for _ in 0..<count { differing.add("\(table): the row \(row.prefix(60)) is missing") }
        }
    }

    /// The first of the rowid's names that no column has taken.
    private func rowidName(of table: [UInt8], _ database: Database) throws -> String? {
        let statement = try database.prepare("SELECT name FROM pragma_table_xinfo(?1)")
        try statement.bind(.text(table), at: 1)
        var taken: Set<SQLText> = []
        while try statement.step() { taken.insert(SQLText(bytes: statement.utf8(at: 0)).folded) }
        return ["rowid", "_rowid_", "oid"].first { !taken.contains(SQLText($0)) }
    }

    private static func isSame(_ left: SQLValue, _ right: SQLValue) -> Bool {
        // Doubles are compared by their bits: minus zero is not zero.
        if case .real(let first) = left, case .real(let second) = right { return first.bitPattern == second.bitPattern }
        return left == right
    }

    private static func readable(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.prefix(60), as: UTF8.self).debugDescription
    }

    private static func shown(_ value: SQLValue) -> String {
        switch value {
        case .null: "NULL"
        case .integer(let integer): "integer \(integer)"
        case .real(let real): "real \(real) (bits \(String(real.bitPattern, radix: 16)))"
        case .text(let bytes): "text of \(bytes.count) bytes \(readable(bytes)) \(Hex.encode(bytes.prefix(30)))"
        case .blob(let bytes): "blob of \(bytes.count) bytes \(Hex.encode(bytes.prefix(30)))"
        }
    }
}
