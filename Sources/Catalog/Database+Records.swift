import Model
import SQLite

extension Database {
    /// Runs one statement to its end.
    func perform(_ sql: String, _ values: [SQLValue] = []) throws {
        let statement = try prepare(sql, values)
        while try statement.step() {}
    }

    /// All rows of a query, or all that a statement with RETURNING gives; the statement is run to its end.
    func select<Record>(
        _ sql: String, _ values: [SQLValue] = [], _ read: (inout Columns) throws -> Record
    ) throws -> [Record] {
        let statement = try prepare(sql, values)
        var records: [Record] = []
        while try statement.step() {
            var columns = Columns(statement)
            records.append(try read(&columns))
        }
        return records
    }

    /// Runs a statement with `RETURNING 1` or the like.
    /// - Returns: whether it found or changed anything.
    func isChanged(by sql: String, _ values: [SQLValue] = []) throws -> Bool {
        try !select(sql, values) { columns in try columns.integer() }.isEmpty
    }

    /// Runs one statement again and again, prepared once.
    func performEach(_ sql: String, _ rows: some Sequence<[SQLValue]>) throws {
        let statement = try prepare(sql)
        for values in rows {
            for (index, value) in values.enumerated() { try statement.bind(value, at: index + 1) }
            while try statement.step() {}
            statement.reset()
        }
    }

    /// Runs `body` in a transaction that may write from its beginning, and takes all of it back where it throws.
    func transaction<Result>(_ body: () throws -> Result) throws -> Result {
        try execute("BEGIN IMMEDIATE")
        do {
            let result = try body()
            try execute("COMMIT")
            return result
        } catch {
            // Some errors, a full disk among them, have ended the transaction already.
            if isInTransaction { try? execute("ROLLBACK") }
            throw error
        }
    }

    private func prepare(_ sql: String, _ values: [SQLValue]) throws -> Statement {
        let statement = try prepare(sql)
        for (index, value) in values.enumerated() { try statement.bind(value, at: index + 1) }
        return statement
    }
}

/// Values as the catalog stores them; nil is NULL.
extension SQLValue {
    static func optional(_ integer: Int64?) -> SQLValue { integer.map { SQLValue.integer($0) } ?? .null }
    static func optional(_ real: Double?) -> SQLValue { real.map { SQLValue.real($0) } ?? .null }
    static func optional(_ text: String?) -> SQLValue { text.map { SQLValue.text($0) } ?? .null }
    static func boolean(_ boolean: Bool) -> SQLValue { .integer(boolean ? 1 : 0) }
    static func time(_ time: Timestamp?) -> SQLValue { .optional(time?.seconds) }
    static func id(_ id: BackupID?) -> SQLValue { .optional(id?.description) }
}
