import Catalog
import Model
import Restore
import Settings

/// What the page and the API see of the appliance, and what they may ask of it: reading goes to the catalog and the
/// stores, asking to the daemon.
///
/// All errors are `Failure`s: `missing` for what there is not, `busy` for what has to wait or came too late.
package struct Console: Sendable {
    let daemon: Daemon
    package let catalog: Catalog
    /// Decompressed frames of dumps, shared by all who read.
    package let frames: FrameCache
    let cache: OverviewCache
    let forecasts = ForecastCache()
    let startedAt: Timestamp

    package init(daemon: Daemon, catalog: Catalog) {
        self.daemon = daemon
        self.catalog = catalog
        frames = FrameCache()
        startedAt = daemon.clock.now
        cache = OverviewCache(catalog) { try await Self.makeOverview(daemon, catalog) }
    }

    package func now() -> Timestamp { daemon.clock.now }

    /// As it is now; a reload changes it.
    package func configuration() async -> Configuration { await daemon.appliance.configuration }

    /// Whether the daemon goes on making backups.
    package func isHealthy() async -> Bool { await daemon.isHealthy }

    // MARK: Reading

    /// At most a second old: many readers cost no more than one.
    package func overview() async throws -> Overview { try await cache.value() }

    package func run(_ id: Int64) async throws -> RunDetail {
        guard let run = try await catalog.run(id) else {
            throw NightjarError(.missing, "there is no run \(id)", hint: "Old runs are forgotten.")
        }
        var backups: [BackupRecord] = []
        if let backup = run.backup { backups = try await catalog.backups(withID: backup) }
        return RunDetail(
            run: run, phases: try await catalog.phases(of: id), log: try await catalog.log(of: id),
            shortfall: backups.first { $0.database == run.database }?.shortfall)
    }

    /// Newest first.
    package func runs(of database: String?, limit: Int) async throws -> [RunRecord] {
        try await catalog.runs(of: database, limit: limit)
    }

    /// Newest first.
    /// - Parameter database: nil for all.
    package func backups(of database: String?) async throws -> [BackupRecord] {
        if let database { return try await catalog.backups(of: database) }
        var all: [BackupRecord] = []
        for record in try await catalog.databases() { all += try await catalog.backups(of: record.name) }
        return all.sorted { ($1.id, $0.database) < ($0.id, $1.database) }
    }

    /// Newest first.
    /// - Parameter database: nil for all.
    package func verifications(of database: String?, limit: Int) async throws -> [VerificationRecord] {
        if let database { return try await catalog.verifications(of: database, limit: limit) }
        return try await catalog.verifications(limit: limit)
    }

    // MARK: Asking

    /// Has a backup made as soon as its turn comes.
    /// - Parameter verify: in place of what the configuration asks for.
    /// - Throws: `RunInProgress` where a run of that database is queued or under way.
    package func startBackup(
        of name: String, verify: VerificationLevel? = nil, requester: String
    ) async throws -> RunRecord {
        let run = try await daemon.startBackup(of: name, verify: verify, requester: requester)
        cache.expire()
        return run
    }

    /// - Parameters:
    ///   - level: nil for what its database asks for.
    ///   - store: nil for all that have it.
    /// - Throws: code `busy` where it is being verified.
    package func startVerification(
        of id: BackupID, level: VerificationLevel?, store: String? = nil, requester: String
    ) async throws -> VerificationTask {
        let task = try await daemon.startVerification(of: id, level: level, store: store, requester: requester)
        cache.expire()
        return task
    }

    /// - Returns: The verification as it was; it ends soon after.
    /// - Throws: code `busy` where the backup is not being verified.
    package func cancelVerification(of id: BackupID) async throws -> VerificationTask {
        let task = try await daemon.cancelVerification(of: id)
        cache.expire()
        return task
    }

    /// - Returns: The run as it was; it ends soon after.
    package func cancelRun(_ id: Int64) async throws -> RunRecord {
        let run = try await daemon.cancelRun(id)
        cache.expire()
        return run
    }

    /// - Parameter name: nil for all databases.
    package func prune(_ name: String?, dryRun: Bool) async throws -> [PruneResult] {
        try await daemon.prune(name, dryRun: dryRun)
    }

    /// Takes a freeze back: a person has looked.
    @discardableResult
    package func accept(_ name: String) async throws -> (wasFrozen: Bool, reason: String?) {
        let answer = try await daemon.accept(name)
        cache.expire()
        return answer
    }
}
