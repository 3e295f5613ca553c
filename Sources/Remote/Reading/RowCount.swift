import Model
import SQLite

/// How many rows a table has at the moment.
///
/// The rows are counted some at a time, in the order of the rowid: SQLite looks at each page of a table to count it.
/// Where the service holds no state, nobody else is served meanwhile; where it holds one, that would be lost with a
/// request that takes too long.
package struct RowCount {
    private static let fewestRows = 1000
    private static let firstRows = 4000
    private static let mostRows = 1_000_000
    /// Where nobody waits for it.
    private static let firstRowsOfState = 250_000

    private let table: RemoteTable
    private let caller: RemoteCaller
    /// How many are counted at a time.
    private var limit = RowCount.firstRows
    private var work: RequestWork

    /// - Throws: `RemoteError`, `CancellationError`.
    package static func of(_ table: RemoteTable, _ caller: RemoteCaller) throws -> Int64 {
        var count = RowCount(table: table, caller: caller)
        guard case .rowid(let name) = table.key else { return try count.atOnce() }
        if caller.database.limits.idleTime != nil { count.limit = firstRowsOfState }
        return try count.inSteps("r.\(SQLText(name).identifier)")
    }

    private init(table: RemoteTable, caller: RemoteCaller) {
        self.table = table
        self.caller = caller
        work = RequestWork(of: caller.database.service)
    }

    private func atOnce() throws -> Int64 {
        let condition = table.condition.map { " WHERE \($0)" } ?? ""
        let answer = try caller.rows("SELECT 'i'||count(*) FROM \(table.name.identifier)\(condition)").answer
        return try count(in: answer.expecting(columns: 1))
    }

    private mutating func inSteps(_ rowid: String) throws -> Int64 {
        var total: Int64 = 0
        var last: Int64?
        while true {
            let asked = limit
            let range = last.map { "\(rowid)>\($0)" } ?? "1"
            let rows = """
                SELECT \(rowid) AS k FROM \(table.name.identifier) AS r NOT INDEXED WHERE \(range)\
                \(table.furtherCondition) ORDER BY \(rowid) LIMIT \(asked)
                """
            do {
                let (answer, elapsed) = try caller.rows("SELECT 'i'||count(*),'i'||max(k) FROM (\(rows))")
                let counted = try count(in: answer.expecting(columns: 2))
                total += counted
                if counted < Int64(asked) { return total }
                guard case .integer(let greatest) = try answer.value(0, 1), last.map({ $0 < greatest }) ?? true else {
                    throw Self.missing
                }
                last = greatest
                let allowed = work.rows(
                    after: asked, elapsed: elapsed, latency: caller.shortest ?? elapsed)
                limit = min(max(allowed, asked / 2, Self.fewestRows), asked * 2, Self.mostRows)
            } catch let error as RemoteError where error.kind == .tooSlow && limit > Self.fewestRows {
                limit = max(limit / 4, Self.fewestRows)
            }
        }
    }

    private func count(in answer: RemoteAnswer) throws -> Int64 {
        guard answer.rowCount == 1, case .integer(let count) = try answer.value(0, 0), count >= 0 else {
            throw Self.missing
        }
        return count
    }

    private static let missing = RemoteError(.malformed, "the number of rows is missing in the answer")
}
