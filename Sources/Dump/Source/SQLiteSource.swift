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
    package convenience init(path: String) throws(NightjarError) {
        try self.init(path: path, looked: {})
    }

    /// - Parameter looked: Called when the file has been looked at and is not open yet.
    init(path: String, looked: () -> Void) throws(NightjarError) {
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
        looked()
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
            if let header, let length = Self.length(by: header), facts.size < length, !hasPagesElsewhere,
                !FileFacts.exists(realPath + "-journal")
            {
                try checkLength()
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

    /// A file that is shorter than its header says has lost pages, perhaps some that no table's rows lie on. Without a lock
    /// it may as well be one that is just being written, or replaced: size and header count where they are of one
    /// descriptor, and of a moment at which nobody may write to the file.
    private func checkLength() throws {
        do {
            try beginReading()
        } catch {
            // Whoever takes the snapshot waits for the one who commits, and SQLite compares the two as well.
            if error.isBusy { return }
            // SQLite has looked for itself, and says less of it.
            guard error.isCorrupt else { throw error }
            try checkUnchanged()
            throw lackOfPages() ?? error
        }
        defer { try? database.execute("ROLLBACK") }
        guard !hasPagesElsewhere, let lack = lackOfPages() else { return }
        try checkUnchanged()
        throw lack
    }

    /// Whether the database's newest pages may stand in the WAL. While it is empty, readers keep others from writing to the
    /// file itself. <https://www.sqlite.org/walformat.html#locks>
    private var hasPagesElsewhere: Bool { (FileFacts(realPath + "-wal")?.size ?? 0) > 0 }

    /// - Returns: nil where the file is as long as its header says.
    private func lackOfPages() -> SQLiteError? {
        guard let header = database.fileHeader(), let length = Self.length(by: header),
            let size = database.fileSize(), size < length
        else { return nil }
        return SQLiteError(
            code: 11, message: "the file has \(size) bytes, its header says \(length)", operation: "opening \(path)")
    }

    /// - Returns: The bytes that a file with this header has at least; nil where that is not known.
    private static func length(by header: [UInt8]) -> Int64? {
        func number(_ offset: Int, _ count: Int) -> Int64 {
            header[offset..<(offset + count)].reduce(0) { $0 << 8 | Int64($1) }
        }
        // The number of pages is valid where the file's change counter is that of the version that wrote it.
        guard number(24, 4) == number(92, 4) else { return nil }
        let pageSize = number(16, 2) == 1 ? 65536 : number(16, 2)
        return number(28, 4) * pageSize
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
        guard let facts = FileFacts(realPath) else {
            let number = errno
            guard number == ENOENT else {
                throw changed(
                    "put where nobody may look at it (\(String(cString: strerror(number))))",
                    "Check the permissions of its folder, then try again.")
            }
            throw changed("deleted or moved", "Check `sqlite:` of this database in the configuration, then try again.")
        }
        guard facts.inode == factsBefore.inode, facts.device == factsBefore.device else {
            throw changed("replaced by another file", "Try again: what is there by then is read.")
        }
        let isUnchanged =
            facts == factsBefore && !FileFacts.exists(realPath + "-wal") && !FileFacts.exists(realPath + "-journal")
        guard isUnchanged else {
            throw changed(
                "opened by its application",
                "Try again. It does not happen where the service shares a group with the application: "
                    + "nightjar doctor prints the lines.")
        }
    }

    private func changed(_ what: String, _ hint: String) -> NightjarError {
        NightjarError(.busy, "\(path) was \(what) while it was read", hint: hint, isTransient: true)
    }
}
