import Foundation
import Model
import Pipeline
import SQLite
import Synchronization
import TestSupport

@testable import Dump
@testable import Remote

/// A source that stands on this machine, and the folder that it is mirrored into.
struct MirrorTrial: Sendable {
    let path: String
    let folder: String
    let remote: LocalRemote

    init(in directory: String, _ sql: String, service: RemoteService = .starbasedb) throws {
        path = directory + "/source.db"
        folder = directory + "/run"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Database(path: path, access: .create).execute(sql)
        var limits = LocalRemote.usualLimits
        if service == .libsql { limits.idleTime = .seconds(10) }
        remote = LocalRemote(path: path, service: service, limits: limits)
    }

    func source(rereads: Int = 2) -> RemoteSource {
        let remote = remote
        return RemoteSource(
            name: "the source", identity: "test \(path)", service: remote.service, chunkRows: 16, rereads: rereads,
            firstDelay: .milliseconds(1)
        ) {
            (database: remote, close: {})
        }
    }

    @discardableResult
    func mirror(rereads: Int = 2, exclude: [Glob] = []) throws -> Snapshot {
        try source(rereads: rereads).takeSnapshot(
            in: folder,
            options: SnapshotOptions(
                method: .mirror, breathing: Breathing(work: .seconds(60), pause: .zero), busyTimeout: .seconds(1),
                maximumLock: .seconds(1)),
            exclude: exclude, cancellation: Cancellation(), progress: RunProgress())
    }

    func consistency(rereads: Int = 2) throws -> Consistency? {
        try mirror(rereads: rereads).facts.consistency
    }

    /// Of the mirror from what the source is now.
    func differences(_ scope: LogicalComparison.Scope = .dump) throws -> [String] {
        try LogicalComparison(scope).differences(between: path, and: folder + "/snapshot.db")
    }

    func write(_ sql: String) throws {
        let database = try Database(path: path, access: .readWrite)
        database.setBusyTimeout(.seconds(10))
        try database.execute(sql)
    }

    /// Runs `body` before rows of a table are asked for, with the number of times so far, this one included.
    func beforeRows(of table: String, _ body: @escaping @Sendable (_ time: Int) throws -> Void) {
        let times = Times()
        beforeRows { statement in
            if statement.contains("FROM \"\(table)\" AS t") { try body(times.next()) }
        }
    }

    /// Runs `body` before rows are asked for, with the statement that asks for them.
    func beforeRows(_ body: @escaping @Sendable (_ statement: String) throws -> Void) {
        remote.refusal = { statement in
            let isOfSchema = statement.contains("sqlite_master")
            if !isOfSchema, statement.contains("\" AS t") { try body(statement) }
            return nil
        }
    }
}

/// Counts from 1.
final class Times: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}

/// Statements, in the order in which they were put.
final class Statements: Sendable {
    private let list = Mutex<[String]>([])

    var all: [String] { list.withLock { $0 } }

    func append(_ statement: String) { list.withLock { $0.append(statement) } }
}
