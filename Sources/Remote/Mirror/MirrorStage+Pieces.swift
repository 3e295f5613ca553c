import Model
import SQLite

/// What a stage knows of the readings of its tables.
extension MirrorStage {
    /// A range of keys as one reading found it: from the end of the piece before it to `upper`.
    struct Piece {
        /// Its place among those of the reading, from 0.
        var number: Int64
        /// How many pieces of the reading before end where this one does or before.
        var covered: Int64
        /// The greatest key that belongs to it; nil where the table is read whole.
        var upper: RemoteKey?
        var sum: RowsSum
        /// Between which rowids its rows lie in the stage; nil where it has none.
        var rowids: ClosedRange<Int64>?
        /// Whether it is not what the reading before found there.
        var isChanged: Bool
    }

    /// How often a table was read, from its beginning to its end.
    struct Standing: Equatable {
        var readings: Int
        /// Whether what the last reading found is not what the one before had found, or not all of the table.
        var hasMoved: Bool
        /// Whether one SELECT gave all rows, which are from one moment then.
        var wasReadAtOnce: Bool

        /// Whether its rows may be from different moments.
        var isTorn: Bool { hasMoved && !wasReadAtOnce }
    }

    func standing(of index: Int) throws -> Standing {
        let rows = try database.rows(
            "SELECT readings, moved, at_once FROM standings WHERE source = ?1", .integer(Int64(index)))
        guard let row = rows.first, case .integer(let readings) = row[0] else { throw damage }
        return Standing(
            readings: Int(readings), hasMoved: row[1] == .integer(1),
            wasReadAtOnce: row[2] == .integer(1) || tables[index].key == .whole)
    }

    /// The piece of a reading that bears a number, or the last one.
    func piece(of index: Int, reading: Int, number: Int64? = nil) throws -> Piece? {
        let rows = try database.rows(
            "SELECT number, covered, upper, rows, digest, first, last, changed FROM pieces WHERE source = ?1 AND "
                + "reading = ?2 AND number BETWEEN ?3 AND ?4 ORDER BY number DESC LIMIT 1",
            .integer(Int64(index)), .integer(Int64(reading)), .integer(number ?? 0), .integer(number ?? .max))
        return try rows.first.map { try decode($0) }
    }

    /// All rows of a table, as the last whole reading found them.
    func sum(of index: Int) throws -> RowsSum {
        let reading = try standing(of: index).readings
        // One by one: they are as many as the table has chunks.
        let statement = try database.prepare("SELECT rows, digest FROM pieces WHERE source = ?1 AND reading = ?2")
        try statement.bind(.integer(Int64(index)), at: 1)
        try statement.bind(.integer(Int64(reading)), at: 2)
        var sum = RowsSum()
        while try statement.step() {
            // Bytes, whatever the encoding of the stage is.
            guard case .blob(let digits) = statement.value(at: 1),
                let digest = TableDigest(String(decoding: digits, as: UTF8.self))
            else { throw damage }
            sum.add(RowsSum(rows: statement.integer(at: 0), digest: digest))
        }
        return sum
    }

    /// Notes what a reading found in a range, whose rows are in the stage.
    func note(_ piece: Piece, of index: Int, reading: Int) throws {
        let first: SQLValue = piece.rowids.map { SQLValue.integer($0.lowerBound) } ?? .null
        let last: SQLValue = piece.rowids.map { SQLValue.integer($0.upperBound) } ?? .null
        _ = try database.rows(
            "INSERT INTO pieces VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            .integer(Int64(index)), .integer(Int64(reading)), .integer(piece.number), .integer(piece.covered),
            piece.upper.map { SQLValue.blob($0.stored) } ?? .null, .integer(piece.sum.rows),
            .blob(Array(piece.sum.digest.description.utf8)), first, last, .integer(piece.isChanged ? 1 : 0))
    }

    /// Notes that a table was read to its end; what the reading before knew of it goes.
    /// - Parameter isAtOnce: Whether one SELECT gave all of it.
    func finish(_ index: Int, reading: Int, atOnce isAtOnce: Bool) throws {
        let source = SQLValue.integer(Int64(index))
        try transaction {
            _ = try database.rows(
                "DELETE FROM pieces WHERE source = ?1 AND reading < ?2", source, .integer(Int64(reading)))
            _ = try database.rows(
                "UPDATE standings SET readings = ?2, at_once = ?3, "
                    + "moved = EXISTS (SELECT 1 FROM pieces WHERE source = ?1 AND changed) WHERE source = ?1",
                source, .integer(Int64(reading)), .integer(isAtOnce ? 1 : 0))
        }
    }

    /// Notes that something else than a reading has shown that the table is not what was read.
    func setMoved(_ index: Int) throws {
        _ = try database.rows("UPDATE standings SET moved = 1 WHERE source = ?1", .integer(Int64(index)))
    }

    /// Whether all readings that were to be made were made, and compared with what the service counts.
    var isWhole: Bool { get throws { try database.integer("PRAGMA user_version") == 1 } }

    func setWhole() throws { try database.execute("PRAGMA user_version=1") }

    private func decode(_ row: [SQLValue]) throws -> Piece {
        guard case .integer(let number) = row[0], case .integer(let covered) = row[1],
            case .integer(let rows) = row[3], case .blob(let digits) = row[4],
            let digest = TableDigest(String(decoding: digits, as: UTF8.self))
        else { throw damage }
        var upper: RemoteKey?
        if case .blob(let stored) = row[2] {
            guard let key = RemoteKey(stored: stored) else { throw damage }
            upper = key
        }
        var rowids: ClosedRange<Int64>?
        if case .integer(let first) = row[5], case .integer(let last) = row[6], first <= last { rowids = first...last }
        return Piece(
            number: number, covered: covered, upper: upper, sum: RowsSum(rows: rows, digest: digest), rowids: rowids,
            isChanged: row[7] == .integer(1))
    }

    private var damage: NightjarError {
        NightjarError(
            .io, "\(path) does not hold what was written to it",
            hint: "Look at its disk, remove the file, and try again: the database is read from its beginning then.")
    }
}
