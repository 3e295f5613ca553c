import Catalog
import Dump
import Model
import Settings
import Storage

/// Retention at work on one database in one of its stores: the plan, and what is deleted by it.
package struct RetentionRun: Sendable {
    package struct Outcome: Sendable {
        package let plan: RetentionPlan
        package var deleted: [BackupID] = []
        package var locked: [BackupID] = []
        /// Why something is there still that belonged to what was deleted; the daily sweep tries again.
        package var left: (any Error)?

        /// One that has deleted nothing yet.
        package init(plan: RetentionPlan) {
            self.plan = plan
        }
    }

    package let appliance: Appliance
    package let catalog: Catalog
    package let database: DatabaseSettings
    /// The store's name in the configuration.
    package let store: String

    package init(appliance: Appliance, catalog: Catalog, database: DatabaseSettings, store: String) {
        self.appliance = appliance
        self.catalog = catalog
        self.database = database
        self.store = store
    }

    /// One for each of the database's stores.
    package static func all(_ appliance: Appliance, _ catalog: Catalog, _ database: DatabaseSettings) -> [RetentionRun]
    {
        database.storeNames.map { RetentionRun(appliance: appliance, catalog: catalog, database: database, store: $0) }
    }

    /// What is kept there; nil for everything.
    package var policy: RetentionPolicy? { appliance.configuration.retention(of: database, in: store) }

    /// What would be done now.
    /// - Parameter others: Backups that are not there, as if they were.
    package func plan(at now: Timestamp = .now, with others: [RetentionCandidate] = []) async throws -> RetentionPlan {
        RetentionPlan(
            candidates: try await candidates + others, policy: policy, zone: database.zone, now: now,
            asksForProof: watch.asksForProof, freeze: try await catalog.database(named: database.name)?.frozen?.freeze)
    }

    /// What says which backup goes next, and when, if the schedule's runs are made.
    /// - Returns: nil where none is scheduled, or everything is kept.
    func forecastBasis(from now: Timestamp) async throws -> ForecastBasis? {
        guard policy != nil,
            let next = database.schedule?.next(after: Timestamp(seconds: now.seconds - 1), in: database.zone)
        else { return nil }
        return ForecastBasis(
            database: database, store: store, policy: policy, candidates: try await candidates,
            asksForProof: watch.asksForProof, next: next)
    }

    private var watch: DatabaseWatch { DatabaseWatch(catalog: catalog, database: database) }

    private var candidates: [RetentionCandidate] {
        get async throws {
            let watch = watch
            let all = try await catalog.backups(of: database.name)
            return all.filter { $0.store == store }.map { watch.candidate($0, among: all) }
        }
    }

    /// What it did, or with `dryRun` what it would do, for people and programs.
    package func result(dryRun: Bool) async throws -> PruneResult {
        let outcome = dryRun ? Outcome(plan: try await plan()) : try await run()
        let isFrozen = try await catalog.database(named: database.name)?.frozen != nil
        return PruneResult(database, store, policy, outcome, isFrozen: isFrozen)
    }

    /// Deletes what the plan says, oldest first.
    package func run() async throws -> Outcome {
        var outcome = Outcome(plan: try await plan())
        // A lock may have ended: asking again is how to find out.
        let locked = outcome.plan.decisions.filter { $0.action == .locked }.map(\.id)
        let chosen = (outcome.plan.deletions + locked).sorted()
        guard !chosen.isEmpty else { return outcome }
        let store = try appliance.stores.store(named: self.store)
        try await appliance.ownership(of: store).check()
        try await checkNewest(of: outcome.plan, in: store)
        let deletion = BackupDeletion(store: store)
        for id in chosen {
            try Task.checkCancellation()
            // Somebody may have verified, or a freeze may have come, while others were deleted.
            guard try await plan().decisions.contains(where: { $0.id == id && $0.action != .keep }) else { continue }
            switch try await deletion.delete(BackupKeys(database: database.name, id: id)) {
            case .deleted(let left):
                // Whatever is left: a backup that is none must not be missed by whoever proves backups.
                try await catalog.remove(
                    id, database: database.name, store: self.store,
                    telling: EventRecord(
                        at: .now, kind: .retentionDeleted, database: database.name, text: "deleted \(id)\(place)",
                        backup: id))
                outcome.deleted.append(id)
                outcome.left = outcome.left ?? left
            case .locked:
                try await catalog.setLocked(true, of: id, database: database.name, store: self.store)
                outcome.locked.append(id)
            }
        }
        return outcome
    }

    /// Where it may be another one.
    private var place: String { database.storeNames.count > 1 ? " in the store \(store)" : "" }

    /// The catalog is a cache: before anything goes, the backup that makes up for it is looked for in the store.
    private func checkNewest(of plan: RetentionPlan, in store: any ObjectStore) async throws {
        let kept = plan.decisions.filter { $0.action == .keep }
        guard let newest = kept.first(where: { $0.state == .verified }) ?? kept.first else { return }
        let manifest = BackupKeys(database: database.name, id: newest.id).manifest
        guard try await store.head(manifest) == nil else { return }
        throw NightjarError(
            .missing,
            "nothing is deleted: \(newest.id) of \(database.name) should be in the store \(self.store), "
                + "and \(manifest) is not",
            hint: "Somebody else deletes there. See what is left with: nightjar rebuild, nightjar list \(database.name)"
        )
    }
}
