import Model
import SQLite
import Synchronization

/// What SQLite, or the service around it, says instead of giving rows.
struct RemoteRefusal: Error {
    enum Kind {
        case statement, tooLarge, tooSlow, locked
    }

    let kind: Kind
    let message: String
}

/// The rows of a statement as the service writes them, without what it puts around them.
struct RemoteRows: Sendable {
    var columns: [String] = []
    var count = 0
    /// JSON arrays or objects with commas between.
    var bytes: [UInt8] = []
}

/// The database behind a double: one connection for all requests, or one for each of libSQL's streams.
///
/// It is unchecked because its connections are used only while `lock` is held.
final class RemoteEngine: @unchecked Sendable {
    private struct Stream {
        let database: Database
        var isExpired = false
    }

    private let lock = Mutex(())
    private let service: RemoteService
    private let path: String
    private let answerBytes: Int
    private let logsQueries: Bool
    /// For what happens beside the requests.
    private var outside: Database?
    private var shared: Database?
    private var streams: [String: Stream] = [:]
    private var batons = 0

    init(_ service: RemoteService, path: String, answerBytes: Int, logsQueries: Bool) throws {
        self.service = service
        self.path = path
        self.answerBytes = answerBytes
        self.logsQueries = logsQueries
        let outside = try Database(path: path, access: .readWrite)
        outside.setBusyTimeout(.seconds(5))
        // It has to last no longer than the double, which writes with each statement.
        try outside.execute("PRAGMA synchronous = OFF")
        if logsQueries {
            try outside.execute(
                """
                CREATE TABLE IF NOT EXISTS tmp_query_log (id INTEGER PRIMARY KEY AUTOINCREMENT,
                  sql_statement TEXT NOT NULL, duration INTEGER NOT NULL, created_at TEXT DEFAULT CURRENT_TIMESTAMP)
                """)
        }
        self.outside = outside
        if service != .libsql {
            let shared = try Database(path: path, access: .readWrite)
            shared.setLimit(.compoundSelect, to: 5)
            shared.setLimit(.expressionDepth, to: 100)
            self.shared = shared
        }
    }

    /// Closes all connections.
    func close() {
        lock.withLock { _ in
            streams = [:]
            shared = nil
            outside = nil
        }
    }

    /// Runs actions that belong before a statement.
    func run(_ actions: [@Sendable (Database) throws -> Void]) throws {
        try lock.withLock { _ in
            guard let outside else { return }
            for action in actions { try action(outside) }
        }
    }

    /// Runs a statement on the one connection that all requests share.
    func query(_ sql: String, asObjects: Bool) throws -> RemoteRows {
        try lock.withLock { _ in
            guard let shared else { throw RemoteRefusal(kind: .statement, message: "the double has stopped") }
            if let words = RemoteStatementCheck.refusal(of: sql, service) {
                throw RemoteRefusal(kind: .statement, message: words)
            }
            defer { log(sql) }
            return try Self.translating(": SQLITE_ERROR") {
                try rows(of: sql, on: shared, maximumColumns: 100, asObjects: asObjects)
            }
        }
    }

    /// As the plugin does it: a statement that cannot be logged has run all the same.
    private func log(_ sql: String) {
        guard logsQueries, let outside else { return }
        try? outside.run("INSERT INTO tmp_query_log(sql_statement, duration) VALUES (?1, 1)", .text(sql))
    }

    private func rows(
        of sql: String, on database: Database, maximumColumns: Int, asObjects: Bool
    ) throws -> RemoteRows {
        let statement = try database.prepare(sql)
        guard statement.columnCount <= maximumColumns else {
            throw RemoteRefusal(kind: .statement, message: "too many columns in result set: SQLITE_ERROR")
        }
        var rows = RemoteRows()
        rows.columns = (0..<statement.columnCount).map { statement.columnName(at: $0) }
        while try statement.step() {
            if rows.count > 0 { rows.bytes.append(UInt8(ascii: ",")) }
            rows.count += 1
            if asObjects {
                RemoteJSON.appendObject(statement, service, to: &rows.bytes)
            } else {
                RemoteJSON.appendArray(statement, service, to: &rows.bytes)
            }
            guard rows.bytes.count <= answerBytes else {
                throw RemoteRefusal(
                    kind: .tooLarge,
                    message: "Serialized RPC arguments or return values are limited to 32MiB but the size of this "
                        + "value was: \(rows.bytes.count) bytes.")
            }
        }
        return rows
    }

    private static func translating<Value>(_ suffix: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as SQLiteError {
            let isLocked = error.isBusy
            throw RemoteRefusal(
                kind: isLocked ? .locked : .statement,
                message: isLocked && !suffix.isEmpty ? "\(error.message): SQLITE_BUSY" : error.message + suffix)
        }
    }
}

// MARK: - libSQL's streams

extension RemoteEngine {
    enum StreamTrouble: Error {
        case unknownBaton
        case expired
    }

    /// Begins a stream, or takes the one of a baton, which is used up by that.
    func openStream(_ baton: String?) throws -> String {
        try lock.withLock { _ in
            batons += 1
            let next = "baton-\(batons)-of-the-double"
            guard let baton else {
                streams[next] = Stream(database: try Database(path: path, access: .readWrite))
                return next
            }
            guard let stream = streams.removeValue(forKey: baton) else { throw StreamTrouble.unknownBaton }
            guard !stream.isExpired else { throw StreamTrouble.expired }
            streams[next] = stream
            return next
        }
    }

    func closeStream(_ baton: String) {
        lock.withLock { _ in streams[baton] = nil }
    }

    /// All streams lose their connections, as after ten seconds without a request.
    func expireStreams() {
        lock.withLock { _ in
            rollBackAll()
            for baton in streams.keys { streams[baton]?.isExpired = true }
        }
    }

    /// All transactions of streams end, and nobody is told.
    func endTransactions() {
        lock.withLock { _ in rollBackAll() }
    }

    /// What they held is given back at once.
    private func rollBackAll() {
        for stream in streams.values where stream.database.isInTransaction {
            try? stream.database.execute("ROLLBACK")
        }
    }

    /// Runs a statement on a stream's connection.
    func query(_ sql: String, on baton: String) throws -> RemoteRows {
        try lock.withLock { _ in
            guard let stream = streams[baton] else { throw StreamTrouble.unknownBaton }
            let words = sql.uppercased().split { $0.isWhitespace }
            let sql = words == ["BEGIN", "READONLY"] ? "BEGIN" : sql
            return try Self.translating("") {
                try rows(of: sql, on: stream.database, maximumColumns: 2000, asObjects: false)
            }
        }
    }
}
