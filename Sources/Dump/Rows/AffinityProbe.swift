import Model
import SQLite

/// Finds the values that their column's affinity would change on import, and what they would become.
///
/// Such values cannot be stored by inserting them; they exist where somebody changed a column's type behind SQLite's back.
/// SQL cannot carry them, so they are counted, and the manifest says what an import makes of them.
struct AffinityProbe {
    private let database: Database
    private let affinity: [Affinity]

    init(_ layout: TableLayout, encoding: TextEncoding) throws(SQLiteError) {
        let leading: [Affinity] = layout.carriesRowid ? [.blob] : []
        affinity = leading + layout.columns.map { $0.affinity }
        database = try Database.inMemory()
        try database.execute("PRAGMA encoding='\(encoding.pragmaValue)'")
        try database.execute("CREATE TABLE probe (value)")
        try database.execute("CREATE TABLE text_ (value TEXT)")
        try database.execute("CREATE TABLE integer_ (value INTEGER)")
        try database.execute("CREATE TABLE numeric_ (value NUMERIC)")
        try database.execute("CREATE TABLE real_ (value REAL)")
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

    /// Whether text has nothing but what numbers are written with.
    @inline(__always)
    private static func looksNumeric(_ bytes: UnsafeRawBufferPointer) -> Bool {
        for byte in bytes {
            switch byte {
            case 0x30...0x39, 0x2B, 0x2D, 0x2E, 0x45, 0x65, 0x20, 0x09...0x0D, 0x00: continue
            default: return false
            }
        }
        return !bytes.isEmpty
    }

    /// What the value is after it has been inserted into the column at `index`.
    func imported(_ value: SQLValue, at index: Int) throws(SQLiteError) -> SQLValue {
        let table =
            switch affinity[index] {
            case .blob: "probe"
            case .text: "text_"
            case .integer: "integer_"
            case .numeric: "numeric_"
            case .real: "real_"
            }
        try database.execute("DELETE FROM \(table)")
        if case .text(let bytes) = value {
            // Through a cast, so that bytes in the database's encoding stay as they are.
            let insert = try database.prepare("INSERT INTO \(table) VALUES (CAST(?1 AS TEXT))")
            try insert.bind(.blob(bytes), at: 1)
            _ = try insert.step()
        } else {
            let insert = try database.prepare("INSERT INTO \(table) VALUES (?1)")
            try insert.bind(value, at: 1)
            _ = try insert.step()
        }
        let select = try database.prepare("SELECT value FROM \(table)")
        return try select.step() ? select.value(at: 0) : .null
    }
}
