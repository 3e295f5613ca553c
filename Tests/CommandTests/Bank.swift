import Foundation
import Glibc
import SQLite
import Synchronization
import TestSupport
import Testing

/// An application that moves money between accounts in two tables, about a hundred transactions a second.
///
/// Every transaction writes down what it did: the sum stays, and a copy's balances must be those that its own log of
/// moves leads to.
final class Bank: Sendable {
    static let accounts = 200
    static let deposit = 1000

    private struct State {
        var committed = 0
        var failures: [String] = []
        var isStopping = false
    }

    private let path: String
    private let state = Mutex(State())
    /// How many transactions are through, told after each; ends when the bank has closed.
    private let commits = AsyncStream<Int>.makeStream(bufferingPolicy: .bufferingNewest(1))

    /// Makes the database.
    /// - Parameter ballast: Bytes besides, so that a page copy takes its time.
    init(path: String, journal: String, ballast: Int) throws {
        self.path = path
        let database = try Database(path: path, access: .create)
        try database.execute(
            """
            PRAGMA journal_mode = \(journal);
            CREATE TABLE checking(id INTEGER PRIMARY KEY, balance INTEGER NOT NULL);
            CREATE TABLE ballast(id INTEGER PRIMARY KEY, b BLOB);
            CREATE TABLE savings(id INTEGER PRIMARY KEY, balance INTEGER NOT NULL) WITHOUT ROWID;
            CREATE TABLE moves(id INTEGER PRIMARY KEY, account INTEGER, other INTEGER, amount INTEGER);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(Self.accounts))
              INSERT INTO checking SELECT i, \(Self.deposit) FROM n;
            INSERT INTO savings SELECT id, balance FROM checking;
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(ballast / 4000))
              INSERT INTO ballast SELECT i, randomblob(4000) FROM n;
            """)
    }

    var committed: Int { state.withLock { $0.committed } }
    var failures: [String] { state.withLock { $0.failures } }

    /// Begins to move money on a thread of its own.
    func open() {
        Thread.detachNewThread { [self] in
            do {
                try work()
            } catch {
                let message = "\(error)"
                state.withLock { $0.failures.append(message) }
            }
            commits.continuation.finish()
        }
    }

    /// Waits until so many transactions are through, or the bank has closed.
    func waitForCommits(_ count: Int) async {
        for await committed in commits.stream where committed >= count { return }
    }

    /// Stops, and waits until the last transaction is through.
    func close() async {
        state.withLock { $0.isStopping = true }
        for await _ in commits.stream {}
    }

    private func work() throws {
        let database = try Database(path: path, access: .readWrite)
        database.setBusyTimeout(.seconds(60))
        try database.execute("PRAGMA synchronous = NORMAL")
        var generator = SeededGenerator(seed: 11)
        while !state.withLock({ $0.isStopping }) {
            let from = Int64.random(in: 1...Int64(Self.accounts), using: &generator)
            let to = Int64.random(in: 1...Int64(Self.accounts), using: &generator)
            let amount = Int64.random(in: -50...50, using: &generator)
            try database.inTransaction {
                try database.run(
                    "UPDATE checking SET balance = balance - ?1 WHERE id = ?2", .integer(amount), .integer(from))
                try database.run(
                    "UPDATE savings SET balance = balance + ?1 WHERE id = ?2", .integer(amount), .integer(to))
                try database.run(
                    "INSERT INTO moves(account, other, amount) VALUES (?1, ?2, ?3)", .integer(from), .integer(to),
                    .integer(amount))
            }
            let committed = state.withLock {
                $0.committed += 1
                return $0.committed
            }
            commits.continuation.yield(committed)
            // The pace of the load, nothing that a result waits for.
            usleep(8000)
        }
    }

    /// What is wrong with a copy: nothing where it is one state that the bank had.
    static func faults(of path: String) throws -> [String] {
        let database = try Database(path: path, access: .readWrite)
        var faults: [String] = []
        let total = try database.integer(
            "SELECT (SELECT sum(balance) FROM checking) + (SELECT sum(balance) FROM savings)")
        if total != Int64(2 * accounts * deposit) { faults.append("the sum is \(total ?? 0)") }
        let gaps = try database.integer("SELECT count(*) - coalesce(max(id), 0) FROM moves")
        if gaps != 0 { faults.append("moves are missing") }
        let queries = [
            "checking": """
            SELECT count(*) FROM checking WHERE balance <>
              \(deposit) - coalesce((SELECT sum(amount) FROM moves WHERE account = checking.id), 0)
            """,
            "savings": """
            SELECT count(*) FROM savings WHERE balance <>
              \(deposit) + coalesce((SELECT sum(amount) FROM moves WHERE other = savings.id), 0)
            """,
        ]
        for (table, query) in queries {
            let wrong = try database.integer(query) ?? -1
            if wrong != 0 { faults.append("\(wrong) balances in \(table) do not follow from the moves") }
        }
        return faults
    }
}
