import Glibc
import Model
import Pipeline
import SQLite

/// A SQLite file that is only ever read, and only through SQLite.
package final class SQLiteSource {
    package let path: String
    let database: Database
    let isWAL: Bool
    let way: SourceAccess.Way
    private let realPath: String
    private let factsBefore: FileFacts

    /// Looks at the file, chooses the way that leaves its application undisturbed, and opens it.
    /// - Throws: `NightjarError`: `missing` where there is no readable database, else as `SourceFailure` explains.
    package init(path: String) throws(NightjarError) {
        self.path = path
        realPath = try Self.resolve(path)
        guard let facts = FileFacts(realPath) else {
            throw NightjarError(.missing, "\(path) cannot be looked at: \(String(cString: strerror(errno)))")
        }
        guard facts.isRegular else {
            let kind = facts.isDirectory ? "a directory" : "not a regular file"
            throw NightjarError(
                .missing, "\(path) is \(kind), not a SQLite database",
                hint: "Let `sqlite:` name the database file itself.")
        }
        let access = try SourceAccess(path: realPath, facts: facts)
        guard FileFacts.allows(realPath, R_OK) else {
            throw NightjarError(
                .missing, "\(path) cannot be read by the user \(SourceAccess.userName(geteuid()))",
                hint: access.remedy)
        }
        factsBefore = facts
        do {
            let opened = try Database(path: realPath, access: .readOnly)
            let header = opened.fileHeader()
            // Bytes 18 and 19 say who may write and read it: 1 rollback journal, 2 WAL.
            isWAL = header.map { $0[18] == 2 || $0[19] == 2 } ?? false
            way = try access.way(isWAL: isWAL)
            database = way == .immutable ? try Database(path: realPath, access: .immutable) : opened
            database.standInForTheApplication()
            if let header, !header.starts(with: Array("SQLite format 3\0".utf8)) {
                throw SQLiteError(code: 26, message: "file is not a database", operation: "opening \(path)")
            }
            if let header, !FileFacts.exists(realPath + "-wal"), !FileFacts.exists(realPath + "-journal") {
                try Self.checkLength(header, facts, path: path)
            }
            // Statements wait in short turns, so that a cancellation is noticed: see `retrying`.
            database.setBusyTimeout(.milliseconds(100))
        } catch let error as NightjarError {
            throw error
        } catch let error as SQLiteError {
            throw SourceFailure.explain(error, source: path)
        } catch {
            throw NightjarError(.internal, "\(error)")
        }
    }

    /// A file that is shorter than its header says has lost pages, perhaps some that no table's rows lie on.
    private static func checkLength(_ header: [UInt8], _ facts: FileFacts, path: String) throws(SQLiteError) {
        func number(_ offset: Int, _ count: Int) -> Int64 {
            header[offset..<(offset + count)].reduce(0) { $0 << 8 | Int64($1) }
        }
        // The number of pages is valid where the file's change counter is that of the version that wrote it.
        guard number(24, 4) == number(92, 4) else { return }
        let pageSize = number(16, 2) == 1 ? 65536 : number(16, 2)
        guard facts.size < number(28, 4) * pageSize else { return }
        throw SQLiteError(
            code: 11, message: "the file has \(facts.size) bytes, its header says \(number(28, 4) * pageSize)",
            operation: "opening \(path)")
    }

    private static func resolve(_ path: String) throws(NightjarError) -> String {
        guard let resolved = realpath(path, nil) else {
            let code = errno
            if code == EACCES, let refusal = SourceAccess.closedFolder(above: path) { throw refusal }
            throw NightjarError(
                .missing, "there is no source file \(path): \(String(cString: strerror(code)))",
                hint: "Check `sqlite:` of this database in the configuration.")
        }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Runs `body` until it is not answered with "busy", for at most `timeout`.
    static func retrying<Result>(
        for timeout: Duration, _ cancellation: Cancellation, _ body: () throws -> Result
    ) throws -> Result {
        let deadline = ContinuousClock.now + timeout
        while true {
            do {
                return try body()
            } catch let error as SQLiteError where error.isBusy && ContinuousClock.now < deadline {
                try cancellation.sleep(for: .milliseconds(10))
            }
        }
    }

    /// Where the source was read as a file that does not change: whether it truly did not.
    /// - Throws: code `busy` where it did; what was read must not be used then.
    package func checkUnchanged() throws(NightjarError) {
        guard way == .immutable else { return }
        let isUnchanged =
            FileFacts(realPath) == factsBefore && !FileFacts.exists(realPath + "-wal")
            && !FileFacts.exists(realPath + "-journal")
        guard isUnchanged else {
            throw NightjarError(
                .busy, "\(path) was opened by its application while it was read",
                hint: "Try again. It does not happen where the service shares a group with the application: "
                    + "nightjar doctor prints the lines.",
                isTransient: true)
        }
    }
}
