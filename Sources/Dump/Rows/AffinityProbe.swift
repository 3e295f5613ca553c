import Model
import SQLite

/// Finds the values that their column's affinity would change on import, and what they would become.
///
/// Such values cannot be stored by inserting them; they exist where somebody changed a column's type behind SQLite's back.
/// No import brings them back, so they are counted, and the manifest says what it makes of them.
struct AffinityProbe {
    private let affinity: [Affinity]
    private let columns: [Affinity: Column]

    /// A column of one affinity in a database of its own.
    private struct Column {
        private let database: Database
        private let table: String
        let clear: Statement
        let insert: Statement
        let select: Statement

        init(_ type: String, in database: Database) throws(SQLiteError) {
            let table = "probe_\(type)"
            try database.execute("CREATE TABLE \(table) (value \(type))")
            clear = try database.prepare("DELETE FROM \(table)")
            insert = try database.prepare("INSERT INTO \(table) VALUES (?1)")
            self.table = table
            self.database = database
            select = try database.prepare("SELECT value FROM \(table)")
        }

        /// A cast of a literal leaves bytes in the database's encoding as they are; one of a bound blob would not.
        func insert(text bytes: [UInt8]) throws(SQLiteError) {
            _ = try database.prepare("INSERT INTO \(table) VALUES (CAST(X'\(Hex.encode(bytes))' AS TEXT))").step()
        }
    }

    init(_ encoding: TextEncoding) throws(SQLiteError) {
        let database = try Database.inMemory()
        try database.execute("PRAGMA encoding='\(encoding.pragmaValue)'")
        columns = [
            .text: try Column("TEXT", in: database), .integer: try Column("INTEGER", in: database),
            .numeric: try Column("NUMERIC", in: database), .real: try Column("REAL", in: database),
        ]
        affinity = []
    }

    private init(affinity: [Affinity], columns: [Affinity: Column]) {
        self.affinity = affinity
        self.columns = columns
    }

    /// For the rows of one table.
    func probing(_ layout: TableLayout) -> AffinityProbe {
        let rowid: [Affinity] = layout.carriesRowid ? [.blob] : []
        return AffinityProbe(affinity: rowid + layout.columns.map { $0.affinity }, columns: columns)
    }

    /// Whether the affinity of the column at `index` may change the value; false is certain, true is looked at again.
    @inline(__always)
    func mayChange(_ value: Statement.Glance, at index: Int) -> Bool {
        switch (affinity[index], value) {
        case (.blob, _), (_, .null), (_, .blob): false
        case (.text, .text): false
        case (.text, _): true
        case (.integer, .integer), (.numeric, .integer), (.real, .integer): false
        case (.real, .real(let real)): real == 0 && real.sign == .minus
        case (_, .real(let real)): real == real.rounded(.towardZero) && real.magnitude < 9.3e18
        case (_, .text(let bytes)): Self.looksNumeric(bytes)
        }
    }

    /// Whether text, in whichever encoding, is written as a number is: blanks, a sign, digits with a point, an exponent,
    /// blanks. Dates are not.
    @inline(__always)
    private static func looksNumeric(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var digits = 0
        var points = 0
        var exponents = 0
        var previous: UInt8 = 0x20
        for byte in bytes {
            switch byte {
            case 0x30...0x39: digits &+= 1
            case 0x2E: points &+= 1
            case 0x45, 0x65: exponents &+= 1
            case 0x2B, 0x2D:
                // A sign stands in front, or behind the exponent's letter.
                guard previous == 0x20 || previous == 0x45 || previous == 0x65 else { return false }
            case 0x20, 0x09...0x0D: break
            // The other half of a UTF-16 unit.
            case 0x00: continue
            default: return false
            }
            previous = (0x09...0x0D).contains(byte) ? 0x20 : byte
        }
        return digits > 0 && points < 2 && exponents < 2
    }

    /// What the value is after it has been inserted into the column at `index`.
    func imported(_ value: SQLValue, at index: Int) throws(SQLiteError) -> SQLValue {
        guard let column = columns[affinity[index]] else { return value }
        column.clear.reset()
        _ = try column.clear.step()
        if case .text(let bytes) = value {
            try column.insert(text: bytes)
        } else {
            column.insert.reset()
            try column.insert.bind(value, at: 1)
            _ = try column.insert.step()
        }
        column.select.reset()
        defer { column.select.reset() }
        return try column.select.step() ? column.select.value(at: 0) : .null
    }
}
