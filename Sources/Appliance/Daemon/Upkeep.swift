import Catalog
import Logging
import Model
import Restore
import Settings
import Storage

/// What the daemon does beside its runs: clearing away what killed processes left, looking into the stores, deleting what
/// retention gives up. Whatever cannot be done is told in the log, and tried another day.
struct Upkeep: Sendable {
    let appliance: Appliance
    let catalog: Catalog
    let log: Logger

    /// Seconds for which exports that have ended are remembered.
    private static let memory: Int64 = 30 * 86_400
    /// The same of runs and events.
    private static let longMemory: Int64 = 400 * 86_400
    /// Seconds for which a dump is left alone whose export nobody knows.
    private static let exportGrace: Int64 = 86_400

    private var scratchDirectory: String { appliance.configuration.scratchDirectory }

    // MARK: Left runs

    /// Takes back what runs have left that nobody goes on with, also in scratch directories of earlier configurations.
    /// - Parameter kept: Databases whose runs are gone on with.
    func clearLeftRuns(except kept: Set<String>) async {
        WorkDirectory.sweep(scratchDirectory)
        let stateDirectory = appliance.configuration.stateDirectory
        let known = StateDirectory.scratchDirectories(in: stateDirectory).lines
        for directory in Set(known + [scratchDirectory]).sorted() {
            for name in leftRuns(in: directory) where !Task.isCancelled {
                if directory == scratchDirectory && kept.contains(name) { continue }
                await clearLeftRun(of: name, in: directory)
            }
        }
    }

    private func leftRuns(in directory: String) -> [String] {
        let state = try? StateDirectory(path: appliance.configuration.stateDirectory)
        guard let id = try? state?.applianceID() else { return [] }
        return RunFolder.databases(in: directory, applianceID: id)
    }

    /// - Parameter directory: nil for the scratch directory that is configured.
    func clearLeftRun(of name: String, in directory: String? = nil) async {
        do {
            // Somebody at the command line may be at work.
            guard let lock = try RunLock.acquire(name, stateDirectory: appliance.configuration.stateDirectory) else {
                return
            }
            let folder = try appliance.runFolder(of: name, in: directory)
            try await LeftRun(appliance: appliance, catalog: catalog, folder: folder).clear()
            withExtendedLifetime(lock) {}
        } catch {
            guard !Task.isCancelled else { return }
            log.error(
                "what an interrupted run left is not cleared away yet: \(ErrorText.line(error))",
                metadata: ["database": "\(name)"])
        }
    }

    // MARK: The catalog and the stores

    /// What the stores hold and the catalog does not know; a store that is away is asked again at the next start.
    /// - Parameter reconciling: Whether a run may have left a backup that the catalog does not know.
    /// - Returns: Whether the catalog knows all now.
    func rebuild(reconciling: Bool) async -> Bool {
        do {
            let isWhole = try await catalog.time(of: .rebuiltAt) != nil
            guard reconciling || !isWhole else { return true }
            let outcome = try await CatalogRebuild(appliance: appliance, catalog: catalog).run()
            for name in outcome.frozen {
                log.warning(
                    "backups were found that the catalog did not know; nothing is deleted until: nightjar accept \(name)",
                    metadata: ["database": "\(name)"])
            }
            for failure in outcome.failures { log.error("\(failure)") }
            return outcome.failures.isEmpty
        } catch {
            log.error("\(ErrorText.line(error))")
            return false
        }
    }

    // MARK: Deletion

    /// The day's deletions.
    func daily(_ now: Timestamp) async {
        for database in appliance.configuration.databases where !Task.isCancelled {
            await prune(database)
            for store in database.storeNames where !Task.isCancelled { await sweep(database, in: store, now) }
        }
        guard !Task.isCancelled else { return }
        await forget(now)
        try? await catalog.setTime(now, of: .lastPrune)
    }

    /// Dumps that were asked for, when their time is over.
    /// - Returns: Whether all of them could be deleted.
    func expireExports(_ now: Timestamp) async -> Bool {
        do {
            return try await ExportExpiry(appliance: appliance, catalog: catalog, log: log).run(now)
        } catch {
            log.error("\(ErrorText.line(error))")
            return false
        }
    }

    /// History that nobody looks at any more.
    private func forget(_ now: Timestamp) async {
        let recently = Timestamp(seconds: now.seconds - Self.memory)
        let longAgo = Timestamp(seconds: now.seconds - Self.longMemory)
        do {
            try await catalog.forgetExports(before: recently)
            try await catalog.forgetRuns(before: longAgo)
            try await catalog.forgetEvents(before: longAgo)
        } catch {
            log.error("\(ErrorText.line(error))")
        }
    }

    /// Gives up messages that have waited for too long, and forgets old ones; what waits for a digest of a channel that is
    /// configured no longer is forgotten at once.
    func boundOutbox(_ now: Timestamp) async {
        do {
            let count = try await catalog.boundOutbox(at: now, keep: OutboxBounds())
            if count > 0 { log.info("the outbox was tidied", metadata: ["messages": "\(count)"]) }
            let configured = Set(appliance.configuration.notify.map(\.name))
            for record in try await catalog.channelRecords() where !configured.contains(record.name) {
                guard try await catalog.heldCount(of: record.name) > 0 else { continue }
                try await catalog.digest(record.name, upTo: .max, as: nil, at: now)
            }
        } catch {
            log.error("\(ErrorText.line(error))")
        }
    }

    func prune(_ database: DatabaseSettings) async {
        for run in RetentionRun.all(appliance, catalog, database) where run.policy != nil && !Task.isCancelled {
            await prune(run)
        }
    }

    private func prune(_ run: RetentionRun) async {
        let watch = StoreWatch(catalog: catalog, store: run.store)
        let fields: Logger.Metadata = ["database": "\(run.database.name)", "store": "\(run.store)"]
        do {
            // A catalog that does not know all backups deletes none.
            guard try await catalog.time(of: .rebuiltAt) != nil else { return }
            let outcome = try await run.run()
            if !outcome.deleted.isEmpty {
                await watch.noteAnswer()
                let count = CountText.format(Int64(outcome.deleted.count), "backup")
                log.notice("retention deleted \(count)", metadata: fields)
            }
            if let left = outcome.left {
                let reason = ErrorText.line(left)
                log.warning(
                    "the daily sweep has to delete what is left of backups that retention deleted: \(reason)",
                    metadata: fields)
            }
        } catch {
            // Who may write there and not delete is no sign that the store is away.
            if (error as? StoreError)?.isRefusal != true { await watch.note(error) }
            log.error("retention could not delete: \(ErrorText.line(error))", metadata: fields)
        }
    }

    /// Objects that no manifest names, a day after the run that left them, and backups that the catalog does not know.
    private func sweep(_ database: DatabaseSettings, in name: String, _ now: Timestamp) async {
        do {
            // What is being copied has no manifest yet, however old it is.
            guard let lock = try CopyRun.lock(database.name, stateDirectory: appliance.configuration.stateDirectory)
            else {
                return log.info(
                    "not swept today: backups are being copied",
                    metadata: ["database": "\(database.name)", "store": "\(name)"])
            }
            defer { withExtendedLifetime(lock) {} }
            let store = try appliance.stores.store(named: name)
            guard try await appliance.ownership(of: store).isOurs() else { return }
            let left = try appliance.leftBackups(of: database.name)
            let removed = try await OrphanSweep(store: store, database: database.name, now: now, keeping: left).run()
            try await takeUp(database, in: name)
            let keep = max(Self.exportGrace, appliance.configuration.http.exportKeep)
            let exports = try await ExportSweep(
                store: store, catalog: catalog, database: database.name, now: now, grace: keep
            ).run()
            for words in removed + exports { log.notice("\(words)", metadata: ["database": "\(database.name)"]) }
        } catch {
            log.error(
                "what interrupted runs left in the store could not be swept: \(ErrorText.line(error))",
                metadata: ["database": "\(database.name)", "store": "\(name)"])
        }
    }

    /// Backups that the catalog does not know, where no run of the database is at work.
    private func takeUp(_ database: DatabaseSettings, in store: String) async throws {
        // A catalog that was never whole finds them by its rebuild, which has a person look at them.
        guard try await catalog.time(of: .rebuiltAt) != nil else { return }
        let rebuild = CatalogRebuild(appliance: appliance, catalog: catalog)
        let strangers = try await rebuild.strangers(of: database.name, in: store)
        guard !strangers.isEmpty,
            let lock = try RunLock.acquire(database.name, stateDirectory: appliance.configuration.stateDirectory)
        else { return }
        defer { withExtendedLifetime(lock) {} }
        // A run that was interrupted is asked about its own first.
        let left = try appliance.leftBackups(of: database.name)
        for id in try await rebuild.takeUp(strangers.filter { !left.contains($0.entry.keys.id) }) {
            log.notice(
                "\(id) was in the store, left by an interrupted run: the catalog knows it now",
                metadata: ["database": "\(database.name)", "store": "\(store)"])
        }
    }
}
