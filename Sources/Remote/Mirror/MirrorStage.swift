import Dump
import FoundationEssentials
import Glibc
import Model
import SQLite

/// The rows of a remote source as they came, in a SQLite file of the run's folder: a process that is killed loses one
/// chunk at most, and the next one goes on there.
///
/// The table number n of the source is the table `t<n>`, whose columns `c0`, `c1` … have no type, so that every value
/// stays what it was. Its rowids are those of the source where there are any. Beside the rows stands what was read
/// when: for each table how often it was read, and for each range of keys its end, its rows and their digest.
final class MirrorStage {
    /// What a stage was begun with: with something else, its rows are of no use.
    struct Head: Sendable, Codable, Equatable {
        /// Of the stage itself; another one is not gone on with.
        var format = 1
        /// What is read: see `RemoteSource.identity`.
        var identity: String
        /// Of the schema: see `RemoteSchema.fingerprint`.
        var fingerprint: String
        var encoding: String
        var begunAt: Timestamp

        init(identity: String, fingerprint: String, encoding: String, begunAt: Timestamp) {
            self.identity = identity
            self.fingerprint = fingerprint
            self.encoding = encoding
            self.begunAt = begunAt
        }

        /// Whether it is of the same source with the same schema, whenever it was begun.
        fileprivate func isOfTheSame(as other: Head) -> Bool {
            var other = other
            other.begunAt = begunAt
            return self == other
        }
    }

    let path: String
    let head: Head
    let tables: [RemoteTable]
    let database: Database
    /// Inserts rows into the table that was written last.
    private var latest: (table: Int, statement: Statement)?

    /// Goes on with what lies in `folder` if it was begun with the same, and else begins anew.
    /// - Parameter head: With the moment of a beginning.
    init(in folder: String, _ head: Head, tables: [RemoteTable]) throws {
        path = Self.path(in: folder)
        self.tables = tables
        if let (database, begun) = Self.open(path), begun.isOfTheSame(as: head) {
            self.database = database
            self.head = begun
            try Self.configure(database)
            return
        }
        Self.remove(in: folder)
        database = try Database(path: path, access: .create)
        self.head = head
        try database.execute("PRAGMA encoding='\(head.encoding)'")
        try Self.configure(database)
        try make()
    }

    /// What the stage in `folder` was begun with; nil where there is none.
    static func begun(in folder: String) -> Head? { open(path(in: folder))?.head }

    static func remove(in folder: String) {
        for suffix in ["", "-wal", "-shm", "-journal"] { unlink(path(in: folder) + suffix) }
    }

    private static func path(in folder: String) -> String { "\(folder)/\(RunFiles.mirror)" }

    private static func open(_ path: String) -> (database: Database, head: Head)? {
        guard access(path, R_OK | W_OK) == 0, let database = try? Database(path: path, access: .readWrite),
            let text = try? database.text("SELECT content FROM head"),
            let head = try? JSONDecoder().decode(Head.self, from: Data(text.utf8))
        else { return nil }
        return (database, head)
    }

    private static func configure(_ database: Database) throws(SQLiteError) {
        // A killed process loses nothing that was committed; a machine without power loses the last chunks at most.
        try database.execute(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=OFF; PRAGMA cache_size=-4096")
    }

    /// The tables of a new one; its head comes last and says that all are there.
    private func make() throws {
        let content = String(decoding: try JSONEncoder().encode(head), as: UTF8.self)
        try transaction {
            try database.execute(
                """
                CREATE TABLE head(content TEXT NOT NULL);
                CREATE TABLE standings(
                  source INTEGER PRIMARY KEY, readings INTEGER NOT NULL DEFAULT 0, moved INTEGER NOT NULL DEFAULT 0,
                  at_once INTEGER NOT NULL DEFAULT 0);
                CREATE TABLE pieces(
                  source INTEGER, reading INTEGER, number INTEGER, covered INTEGER, upper BLOB, rows INTEGER,
                  digest BLOB, first INTEGER, last INTEGER, changed INTEGER,
                  PRIMARY KEY(source, reading, number)) WITHOUT ROWID;
                """)
            for (index, table) in tables.enumerated() {
                try database.execute("CREATE TABLE t\(index)(\(Self.columns(table).joined(separator: ",")))")
                try database.execute("INSERT INTO standings(source) VALUES (\(index))")
            }
            _ = try database.rows("INSERT INTO head VALUES (?1)", .text(content))
        }
    }

    /// All that `body` writes, or nothing.
    func transaction(_ body: () throws -> Void) throws {
        try database.execute("BEGIN IMMEDIATE")
        do {
            try body()
            try database.execute("COMMIT")
        } catch {
            try? database.execute("ROLLBACK")
            throw error
        }
    }

    // MARK: Rows

    /// The names of a table's columns in the stage.
    static func columns(_ table: RemoteTable) -> [String] { table.columns.indices.map { "c\($0)" } }

    /// Adds rows to a table, within a transaction.
    /// - Returns: The least and the greatest of their rowids in the stage; nil where there are no rows.
    func insert(_ rows: [Chunk.Row], into index: Int) throws -> ClosedRange<Int64>? {
        let table = tables[index]
        let statement = try statement(into: index)
        for row in rows {
            guard row.values.count == table.columns.count, table.hasRowidKey == (row.rowid != nil) else {
                throw NightjarError(.internal, "a row of \(table.name) came with other values than its table has")
            }
            guard isUTF8 else {
                try insertLiterally(row, into: index)
                continue
            }
            statement.reset()
            try statement.bind(Self.value(row.rowid), at: 1)
            for (position, value) in row.values.enumerated() { try statement.bind(value, at: position + 2) }
            _ = try statement.step()
        }
        statement.reset()
        if table.hasRowidKey {
            let rowids = rows.compactMap(\.rowid)
            guard let least = rowids.min(), let greatest = rowids.max() else { return nil }
            return least...greatest
        }
        // Without a rowid of their own they get one after the other.
        guard !rows.isEmpty, let last = try database.integer("SELECT last_insert_rowid()") else { return nil }
        return (last - Int64(rows.count) + 1)...last
    }

    func remove(_ rowids: ClosedRange<Int64>, from index: Int) throws {
        _ = try database.rows(
            "DELETE FROM t\(index) WHERE rowid BETWEEN ?1 AND ?2", .integer(rowids.lowerBound),
            .integer(rowids.upperBound))
    }

    private var isUTF8: Bool { head.encoding == "UTF-8" }

    private static func value(_ rowid: Int64?) -> SQLValue { rowid.map { SQLValue.integer($0) } ?? .null }

    private func statement(into index: Int) throws(SQLiteError) -> Statement {
        if let latest, latest.table == index { return latest.statement }
        let places = (1...(tables[index].columns.count + 1)).map { "?\($0)" }
        let statement = try database.prepare(sql(inserting: places, into: index))
        latest = (index, statement)
        return statement
    }

    private func sql(inserting values: [String], into index: Int) -> String {
        let names = ["rowid"] + Self.columns(tables[index])
        return "INSERT INTO t\(index)(\(names.joined(separator: ","))) VALUES (\(values.joined(separator: ",")))"
    }

    /// SQLite takes the text of a parameter for UTF-8, also where it is the cast of a blob, and would convert it; a cast
    /// literal's bytes it leaves as they are.
    private func insertLiterally(_ row: Chunk.Row, into index: Int) throws(SQLiteError) {
        var values = ["?1"]
        for (position, value) in row.values.enumerated() {
            if case .text(let bytes) = value {
                values.append("CAST(X'\(Hex.encode(bytes))' AS TEXT)")
            } else {
                values.append("?\(position + 2)")
            }
        }
        do {
            let statement = try database.prepare(sql(inserting: values, into: index))
            try statement.bind(Self.value(row.rowid), at: 1)
            for (position, value) in row.values.enumerated() {
                if case .text = value { continue }
                try statement.bind(value, at: position + 2)
            }
            _ = try statement.step()
        } catch {
            // Nobody's rows stand in an error.
            throw SQLiteError(code: error.code, message: error.message, operation: "INSERT INTO t\(index)")
        }
    }
}
