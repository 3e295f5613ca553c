import Model
import SQLite

/// Reads a table chunk by chunk, in the order of its key.
///
/// Where the service can hold a state (`RemoteLimits.idleTime`), it is taken for held. Elsewhere each statement reads
/// the state of its own moment, and what takes more than one statement is read until it is the same twice.
package final class ChunkReader {
    /// How often a row is read at most that changes in the meantime.
    private static let mostReadings = 5
    /// How often what cannot be made smaller is asked for: others may have made the service slow.
    private static let mostSlowRequests = 3

    let table: RemoteTable
    let limits: RemoteLimits
    let groups: [[Int]]
    var query: ChunkQuery
    private let caller: RemoteCaller
    private var size: ChunkSize
    /// Since the chunk was begun.
    private var elapsed = Duration.zero
    /// Of the requests for the chunk, each by itself.
    private var longest = Duration.zero
    private var largest = 0
    /// Behind which row the last answer said that there are no more.
    private var end: (after: RemoteKey, upTo: RemoteKey?)?

    /// - Parameter chunkRows: The rows of a chunk at most; at least 1.
    package init(_ table: RemoteTable, _ caller: RemoteCaller, chunkRows: Int, limits: RemoteLimits) {
        self.table = table
        self.caller = caller
        self.limits = limits
        query = ChunkQuery(table: table)
        groups = ColumnGroups.of(table, within: limits)
        size = ChunkSize(maximum: chunkRows, answerBytes: limits.answerBytes, of: caller.database.service)
    }

    /// The first rows of a range: as many as the service gives without trouble.
    /// - Parameters:
    ///   - after: The key behind which the range begins; nil for the table's beginning.
    ///   - upTo: The last key of the range; nil for the table's end.
    ///   - expected: How many rows the range had before: if they are not many more than one request asks for, they come
    ///     with one.
    /// - Returns: nil where the range has no rows.
    /// - Throws: `RemoteError`, `NightjarError`, `CancellationError`.
    package func next(after: RemoteKey?, upTo: RemoteKey?, expecting expected: Int = 0) throws -> Chunk? {
        if isAtEnd(after, upTo) { return nil }
        guard table.key != .whole || groups.count == 1 else {
            throw keyless("it has more columns than an answer may have")
        }
        var readings = 0
        var slowRequests = 0
        var isLarge = false
        while true {
            elapsed = .zero
            longest = .zero
            largest = 0
            do {
                let asked = size.rows(expecting: expected)
                let rows: [Chunk.Row]
                if isLarge {
                    rows = try largeRow(after: after, upTo: upTo)
                } else {
                    rows = try self.rows(after: after, upTo: upTo, limit: asked)
                }
                guard let last = rows.last.map(table.place(of:)) else { return nil }
                if table.key != .whole, last == after { throw outOfOrder }
                try checkOrder(of: rows, after: after, upTo: upTo)
                if !isLarge {
                    size.learn(
                        rows: rows.count, bytes: largest, elapsed: longest, latency: caller.shortest ?? longest)
                    if rows.count < asked { end = (last, upTo) }
                }
                return Chunk(rows: rows, last: last, elapsed: elapsed)
            } catch is TornRows {
                // Fewer rows are less likely to change.
                if size.rows == 1 { readings += 1 }
                guard readings < Self.mostReadings else { throw changesTooFast }
                size.shrink()
            } catch let error as RemoteError where error.kind == .tooLarge || error.kind == .tooSlow {
                if table.key != .whole, !isLarge {
                    if size.rows > 1 { size.shrink() } else { isLarge = true }
                    continue
                }
                slowRequests += error.kind == .tooSlow ? 1 : Self.mostSlowRequests
                if slowRequests < Self.mostSlowRequests { continue }
                if table.key == .whole { throw keyless(error.detail) }
                throw error
            }
        }
    }

    /// Rows in another order would lead behind others that were not read.
    private func checkOrder(of rows: [Chunk.Row], after: RemoteKey?, upTo: RemoteKey?) throws {
        guard table.hasRowidKey else { return }
        var last: Int64?
        if case .integer(let rowid)? = after?.values.first { last = rowid }
        for row in rows {
            guard let rowid = row.rowid, last.map({ $0 < rowid }) ?? true else { throw Self.disorder }
            last = rowid
        }
        if case .integer(let most)? = upTo?.values.first, let last, last > most { throw Self.disorder }
    }

    private static let disorder = RemoteError(
        .malformed, "the rows of the answer are not in the order that was asked for")

    /// Whether what was read last says that there is nothing.
    private func isAtEnd(_ after: RemoteKey?, _ upTo: RemoteKey?) -> Bool {
        guard let after else { return false }
        if table.key == .whole || after == upTo { return true }
        // Only the next call may know from it: later there may be more.
        defer { end = nil }
        return end.map { $0.after == after && $0.upTo == upTo } ?? false
    }

    /// Puts a statement to the service.
    /// - Parameter columns: How many its rows have.
    func ask(columns: Int, _ statement: (ChunkQuery) -> String) throws -> RemoteAnswer {
        while true {
            let sql = statement(query)
            guard sql.utf8.count <= limits.statementBytes else { throw tooLong }
            do {
                let (answer, time) = try caller.rows(sql)
                elapsed += time
                longest = max(longest, time)
                largest = max(largest, answer.body.count)
                return try answer.expecting(columns: columns)
            } catch let error as RemoteError where error.kind == .statement {
                if error.detail.contains("atan2"), query.encoding.tellsZerosApart {
                    query.encoding.tellsZerosApart = false
                } else if error.detail.contains("too big") {
                    // SQLite's own limit of a value, which the digits of one may exceed.
                    throw RemoteError(.tooLarge, error.detail)
                } else {
                    throw error
                }
            }
        }
    }
}

/// What was read with several statements is not from one moment.
struct TornRows: Error {}

extension ChunkReader {
    fileprivate var changesTooFast: NightjarError {
        NightjarError(
            .busy, "rows of table \(table.name) change faster than they can be read",
            hint: "Back up when fewer rows are written, or leave the table out with 'exclude'.", isTransient: true)
    }

    fileprivate var outOfOrder: NightjarError {
        NightjarError(
            .io, "a row of table \(table.name) lies behind itself in the order of the primary key",
            hint: "A value is at odds with its column's type. Write it anew, or leave the table out with 'exclude'.")
    }

    fileprivate func keyless(_ reason: String) -> NightjarError {
        NightjarError(
            .io, "table \(table.name) cannot be read at once, and has nothing to read it by in pieces: \(reason)",
            hint: "Its columns hide the rowid: rename one of them, or leave the table out with 'exclude'.")
    }

    fileprivate var tooLong: NightjarError {
        NightjarError(
            .io, "a statement that reads table \(table.name) is longer than the service takes",
            hint: "Its names, or the values of its primary key, are too long. Leave the table out with 'exclude'.")
    }
}
