import CSQLite
import Glibc

/// Runs a script's text as it is: SQLite itself finds where each statement ends.
package struct ScriptRunner: ~Copyable {
    private let database: Database
    /// Called with each statement before it runs; true means that it has been done otherwise.
    private let intercept: (UnsafeRawBufferPointer) throws(SQLiteError) -> Bool

    package init(
        _ database: Database,
        intercept: @escaping (UnsafeRawBufferPointer) throws(SQLiteError) -> Bool = { _ in false }
    ) {
        self.database = database
        self.intercept = intercept
    }

    /// Runs whole statements.
    /// - Parameter script: Text followed by a NUL, which saves SQLite from copying it; it has no other NUL.
    ///   The NUL is the last byte.
    /// - Throws: `SQLiteError`, with the beginning of the statement that failed.
    package func run(_ script: UnsafeRawBufferPointer) throws(SQLiteError) {
        guard let start = script.baseAddress?.assumingMemoryBound(to: CChar.self) else { return }
        var next: UnsafePointer<CChar>? = start
        while let text = next, text.pointee != 0 {
            var statement: OpaquePointer?
            let code = sqlite3_prepare_v2(database.handle, text, -1, &statement, &next)
            guard code == SQLITE_OK else {
                let error = failure(code, text, end: next)
                let length = max(next.map { UnsafePointer<CChar>($0) - text } ?? 0, 0)
                let refused = UnsafeRawBufferPointer(start: text, count: length)
                guard database.standInForWhatIsMissing(in: refused) else { throw error }
                next = text
                continue
            }
            // Comments and white space prepare to nothing.
            guard let statement else { continue }
            defer { sqlite3_finalize(statement) }
            let length = next.map { UnsafePointer<CChar>($0) - text } ?? 0
            if try intercept(UnsafeRawBufferPointer(start: text, count: length)) { continue }
            var result = sqlite3_step(statement)
            while result == SQLITE_ROW { result = sqlite3_step(statement) }
            guard result == SQLITE_DONE else { throw failure(result, text, end: next) }
        }
        if let next, UnsafeRawPointer(next) != UnsafeRawPointer(start) + (script.count - 1) {
            throw SQLiteError(code: SQLITE_ERROR, message: "a NUL stands in the text", operation: "running a script")
        }
    }

    /// - Parameter end: Where the statement ends, if SQLite found that out.
    private func failure(_ code: Int32, _ text: UnsafePointer<CChar>, end: UnsafePointer<CChar>?) -> SQLiteError {
        let length = end.map { $0 - text }.flatMap { $0 > 0 ? $0 : nil } ?? .max
        let start = UnsafeRawBufferPointer(start: text, count: strnlen(text, min(length, 200)))
        let words = String(decoding: start, as: UTF8.self)
        // What stands behind VALUES is the application's data, and nothing for a log.
        let statement = words.split(separator: " VALUES", maxSplits: 1).first ?? ""
        return database.error(code, "running \(statement)")
    }
}
