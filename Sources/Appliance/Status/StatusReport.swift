import Catalog
import Dump
import Model
import Settings

/// How every database is, told from the catalog alone.
package struct StatusReport: Sendable, Codable {
    /// In the order of how much a person has to do about it.
    package enum State: String, Sendable, Codable, CaseIterable {
        /// Verification found a difference, or the database shrank: deletion waits for a person.
        case frozen
        /// A backup that should have happened did not.
        case overdue
        /// The last run failed.
        case failing
        /// There is no backup.
        case none
        /// The newest backup has not been proved at the level asked for.
        case unproved
        case protected
        /// No longer in the configuration; its backups are kept.
        case removed
    }

    package struct Run: Sendable, Codable {
        package var id: Int64
        /// Whether its turn has come.
        package var isRunning: Bool
        package var phase: String
        package var startedAt: Timestamp
        package var rows: Int64
        package var dumpBytes: Int64
        package var storedBytes: Int64
        /// From 0 to 1, within the phase.
        package var fraction: Double?
        package var secondsLeft: Int64?
    }

    package struct Failure: Sendable, Codable {
        package var at: Timestamp?
        package var message: String
        package var hint: String?
    }

    package struct Database: Sendable, Codable {
        package var name: String
        package var state: State
        package var backups: Int
        package var lastBackup: String?
        package var lastBackupAt: Timestamp?
        /// What is proved of the moments of its rows where they are not known to be from one; nil where they are.
        package var lastBackupShortfall: String?
        package var lastProof: String?
        package var lastProofAt: Timestamp?
        package var nextRunAt: Timestamp?
        package var running: Run?
        package var lastFailure: Failure?
        /// What a person has to know, one sentence each.
        package var alarms: [String]
    }

    /// The daemon at work; nil where there is none.
    package var daemon: String?
    package var databases: [Database]

    package init(daemon: String?, databases: [Database]) {
        self.daemon = daemon
        self.databases = databases
    }

    /// - Parameters:
    ///   - catalog: nil where there is none yet.
    ///   - name: The only database that is looked at; nil for all.
    package static func make(
        _ configuration: Configuration, _ catalog: Catalog?, only name: String? = nil, now: Timestamp
    ) async throws -> StatusReport {
        var report = StatusReport(daemon: DaemonLock.holder(in: configuration.stateDirectory), databases: [])
        for database in configuration.databases where name == nil || name == database.name {
            report.databases.append(try await status(of: database, catalog, now))
        }
        for record in try await catalog?.databases() ?? []
        where configuration.database(named: record.name) == nil && (name == nil || name == record.name) {
            let backups = try await catalog?.backups(of: record.name) ?? []
            guard !backups.isEmpty else { continue }
            // One in several stores is one backup.
            let count = Set(backups.map(\.id)).count
            report.databases.append(
                Database(
                    name: record.name, state: .removed, backups: count,
                    lastBackup: backups.first?.id.description, lastBackupAt: backups.first?.createdAt,
                    lastBackupShortfall: backups.first?.shortfall,
                    alarms: ["no longer configured, \(CountText.format(Int64(count), "backup")) kept"]))
        }
        return report
    }

    private static func status(
        of database: DatabaseSettings, _ catalog: Catalog?, _ now: Timestamp
    ) async throws -> Database {
        guard let catalog else { return Database(name: database.name, state: .none, backups: 0, alarms: []) }
        let watch = DatabaseWatch(catalog: catalog, database: database)
        let record = try await catalog.database(named: database.name)
        let backups = try await catalog.backups(of: database.name)
        let alarms = try await catalog.alarms(of: database.name)
        let last = try await catalog.lastEnd(of: database.name)
        let good = backups.filter { $0.proof != .unproved && watch.counts($0.proof) }
        let newest = backups.filter { $0.id == backups.first?.id }
        var state = State.protected
        if record?.frozen.map({ $0.kind != .rebuild }) ?? false {
            state = .frozen
        } else if alarms.contains(where: { $0.kind == .overdue }) {
            state = .overdue
        } else if last?.state == .failed {
            state = .failing
        } else if backups.isEmpty {
            state = .none
        } else if !newest.contains(where: { $0.proof != .unproved && watch.counts($0.proof) }) {
            state = .unproved
        }
        // That bytes are right says nothing new where a restore is asked for.
        func proofTime(_ backup: BackupRecord) -> Timestamp? {
            database.verify.afterBackup == .restore ? backup.provedAt : backup.verifiedAt
        }
        let proofAt = good.compactMap { proofTime($0) }.max()
        let failure = last?.state == .failed ? last?.failure : nil
        var words = alarms.map(\.text)
        if let frozen = record?.frozen {
            words.append(frozen.freeze.text + ". " + frozen.freeze.hint(database: database.name))
        }
        if let missing = missing(newest, database) { words.append(missing) }
        return Database(
            name: database.name, state: state, backups: Set(backups.map(\.id)).count,
            lastBackup: backups.first?.id.description,
            lastBackupAt: backups.first?.createdAt, lastBackupShortfall: backups.first?.shortfall,
            lastProof: good.first { proofTime($0) == proofAt }?.id.description,
            lastProofAt: proofAt, nextRunAt: nextRun(of: database, record, now),
            running: try await catalog.activeRuns().first { $0.database == database.name && !$0.isAbandoned }
                .map { Run($0) },
            lastFailure: failure.map { Failure(at: last?.finishedAt, message: $0.message, hint: $0.hint) },
            alarms: words)
    }

    /// `dump_… is on 1 of 2 stores: not in disk`; nil where the newest backup is in all of them.
    private static func missing(_ newest: [BackupRecord], _ database: DatabaseSettings) -> String? {
        guard let id = newest.first?.id, database.storeNames.count > 1 else { return nil }
        let missing = database.storeNames.filter { name in !newest.contains { $0.store == name } }
        guard !missing.isEmpty else { return nil }
        let count = database.storeNames.count
        return
            "\(id) is on \(count - missing.count) of \(count) stores: not in \(missing.joined(separator: ", ")) yet, "
            + "to which it is copied when that can be used"
    }

    private static func nextRun(of database: DatabaseSettings, _ record: DatabaseRecord?, _ now: Timestamp)
        -> Timestamp?
    {
        guard let policy = database.slotPolicy else { return nil }
        switch policy.decide(lastHandled: record?.handledSlot, since: record?.since ?? now, now: now).action {
        case .run: return now
        case .wait(let upcoming): return upcoming?.startAt
        }
    }
}

extension StatusReport.Run {
    fileprivate init(_ run: RunRecord) {
        self.init(
            id: run.id, isRunning: run.state == .running, phase: run.phase.rawValue, startedAt: run.startedAt,
            rows: run.rows, dumpBytes: run.dumpBytes,
            storedBytes: run.storedBytes, fraction: run.fraction, secondsLeft: run.secondsLeft)
    }
}
