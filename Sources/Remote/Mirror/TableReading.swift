import Model
import SQLite

/// One reading of one table, from wherever an earlier process has left it: the first one chunk by chunk, later ones
/// range by range, so that what has changed takes the place of what was there.
struct TableReading {
    let stage: MirrorStage
    /// The table's place in the stage.
    let index: Int
    /// Counted from 1.
    let reading: Int
    let caller: RemoteCaller
    let chunks: ChunkReader
    /// Told how many rows have come.
    let advance: (_ rows: Int) -> Void

    /// What was read again was the same as before.
    private struct Unchanged: Error {}

    private var table: RemoteTable { stage.tables[index] }

    /// Where the reading stands.
    private struct Place {
        var number: Int64 = 0
        var covered: Int64 = 0
        var upper: RemoteKey?
    }

    /// - Throws: `RemoteError`, `NightjarError`, `SQLiteError`, `CancellationError`.
    func run() throws {
        let requests = caller.requests
        var place = Place()
        var isAtEnd = false
        var isFresh = false
        if let last = try stage.piece(of: index, reading: reading) {
            place = Place(number: last.number + 1, covered: last.covered, upper: last.upper)
        } else if try reading == 1 || stage.piece(of: index, reading: reading - 1, number: 1) == nil {
            isFresh = true
            isAtEnd = try !readFirst(at: &place)
        }
        while reading > 1, let old = try stage.piece(of: index, reading: reading - 1, number: place.covered) {
            try readAgain(old, at: &place)
        }
        while !isAtEnd, let chunk = try chunks.next(after: place.upper, upTo: nil) {
            try stage.transaction {
                try add(chunk.rows, upTo: chunk.last, covering: place.covered, at: &place)
            }
        }
        // The reader knows the end of a table where fewer rows came than it asked for, and asks no more then.
        try stage.finish(index, reading: reading, atOnce: isFresh && caller.requests == requests + 1)
    }

    /// Reads the table's first chunk, where the reading before had no more than one.
    /// - Returns: Whether it has rows.
    private func readFirst(at place: inout Place) throws -> Bool {
        let old = try reading > 1 ? stage.piece(of: index, reading: reading - 1, number: 0) : nil
        let chunk = try chunks.next(after: nil, upTo: nil)
        let rows = chunk?.rows ?? []
        if let old, old.sum == RowsSum(of: rows, carryingRowid: table.carriesRowid) {
            advance(rows.count)
            try keep(old, at: &place)
        } else if chunk != nil || old != nil {
            try stage.transaction {
                try remove(old)
                try add(rows, upTo: chunk?.last ?? old?.upper, covering: 1, at: &place)
            }
        }
        return chunk != nil
    }

    /// Reads the range of a piece.
    private func readAgain(_ old: MirrorStage.Piece, at place: inout Place) throws {
        let found = try chunks.next(after: place.upper, upTo: old.upper, expecting: Int(old.sum.rows))
        // Nearly always one chunk holds it all, and nothing has to be written.
        guard let first = found, first.last != old.upper else {
            let rows = found?.rows ?? []
            if RowsSum(of: rows, carryingRowid: table.carriesRowid) == old.sum {
                advance(rows.count)
                try keep(old, at: &place)
            } else {
                try stage.transaction {
                    try remove(old)
                    try add(rows, upTo: old.upper, covering: old.number + 1, at: &place)
                }
            }
            return
        }
        let start = place
        do {
            try stage.transaction {
                try remove(old)
                var sum = RowsSum()
                var chunk = first
                while true {
                    sum.add(RowsSum(of: chunk.rows, carryingRowid: table.carriesRowid))
                    let next = try chunk.last == old.upper ? nil : chunks.next(after: chunk.last, upTo: old.upper)
                    try add(
                        chunk.rows, upTo: next == nil ? old.upper : chunk.last,
                        covering: next == nil ? old.number + 1 : old.number, at: &place)
                    guard let next else { break }
                    chunk = next
                }
                if sum == old.sum { throw Unchanged() }
            }
        } catch is Unchanged {
            place = start
            try keep(old, at: &place)
        }
    }

    private func remove(_ old: MirrorStage.Piece?) throws {
        if let rowids = old?.rowids { try stage.remove(rowids, from: index) }
    }

    private func keep(_ old: MirrorStage.Piece, at place: inout Place) throws {
        var piece = old
        piece.number = place.number
        piece.covered = old.number + 1
        piece.isChanged = false
        try stage.note(piece, of: index, reading: reading)
        place = Place(number: place.number + 1, covered: piece.covered, upper: piece.upper)
    }

    /// Puts down rows that the reading before did not find so; within a transaction.
    private func add(
        _ rows: [Chunk.Row], upTo upper: RemoteKey?, covering covered: Int64, at place: inout Place
    ) throws {
        let rowids = try stage.insert(rows, into: index)
        let piece = MirrorStage.Piece(
            number: place.number, covered: covered, upper: upper,
            sum: RowsSum(of: rows, carryingRowid: table.carriesRowid), rowids: rowids, isChanged: reading > 1)
        try stage.note(piece, of: index, reading: reading)
        place = Place(number: place.number + 1, covered: covered, upper: upper)
        advance(rows.count)
    }
}
