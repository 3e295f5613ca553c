import Catalog
import Model
import Settings

/// What the stores of a database lack that another of them has, as the catalog knows it: each is to have every backup that
/// its retention keeps.
struct CopySurvey: Sendable {
    /// A backup that a store is owed.
    struct Debt: Sendable, Equatable {
        let keys: BackupKeys
        /// The names of the stores that have it, the one to be tried first at the beginning.
        let sources: [String]
        /// The name of the store that lacks it.
        let target: String
        /// Whether the target has it already, with a difference that may be an object that is missing.
        let isRepair: Bool
    }

    let appliance: Appliance
    let catalog: Catalog
    let database: DatabaseSettings

    /// The newest first.
    func debts(at now: Timestamp) async throws -> [Debt] {
        guard database.storeNames.count > 1 else { return [] }
        let all = try await catalog.backups(of: database.name)
        var debts: [Debt] = []
        for run in RetentionRun.all(appliance, catalog, database) {
            debts += try await lacks(of: run, all, now)
        }
        return debts.sorted { $0.keys.id > $1.keys.id }
    }

    private func lacks(of run: RetentionRun, _ all: [BackupRecord], _ now: Timestamp) async throws -> [Debt] {
        let own = Dictionary(
            all.filter { $0.store == run.store }.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var elsewhere: [BackupID: [BackupRecord]] = [:]
        let configured = Set(appliance.stores.names)
        for record in all
        where record.store != run.store && record.proof != .different && configured.contains(record.store) {
            elsewhere[record.id, default: []].append(record)
        }
        let absent = elsewhere.filter { own[$0.key] == nil }
        let watch = DatabaseWatch(catalog: catalog, database: database)
        let plan = try await run.plan(
            at: now, with: absent.values.compactMap { $0.first.map { watch.candidate($0, among: all) } })
        // What would go as soon as it has come stays away.
        let kept = Set(plan.decisions.filter { $0.action == .keep && !$0.wouldDelete }.map(\.id))
        let missing = absent.filter { kept.contains($0.key) }
            .compactMap { debt($0.value, to: run.store, isRepair: false) }
        let damaged = own.values.filter { $0.proof == .different && $0.drillFailedAt == nil }
        let repairs = damaged.compactMap { record in
            debt((elsewhere[record.id] ?? []).filter { $0.proof == .proved }, to: run.store, isRepair: true)
        }
        return missing + repairs
    }

    /// - Returns: nil where no store has it.
    private func debt(_ copies: [BackupRecord], to target: String, isRepair: Bool) -> Debt? {
        let ordered = appliance.ordered(copies)
        guard let first = ordered.first else { return nil }
        return Debt(
            keys: BackupKeys(database: first.database, id: first.id), sources: ordered.map(\.store), target: target,
            isRepair: isRepair)
    }
}
