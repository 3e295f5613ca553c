import Catalog
import Model
import Settings

/// The backups of a database that are proved again, and what may be fetched for it, as the catalog knows them.
struct ProofSurvey: Sendable {
    /// How many verifications tell how fast they go.
    private static let sample = 32

    let appliance: Appliance
    let catalog: Catalog
    let database: DatabaseSettings

    func stock(at now: Timestamp) async throws -> ProofStock {
        let backups = try await backups(at: now)
        let last = backups.isEmpty ? [] : try await catalog.verifications(of: database.name, limit: Self.sample)
        return ProofStock(
            database: database.name, verify: database.verify, backups: backups, allowance: try await allowance(),
            pace: ProofPace(of: last, at: database.verify.level, backups))
    }

    /// Those that retention keeps, in stores that are configured, and that are not known to be bad; none where they are not
    /// proved again. One whose drill alone failed is not bad: a later drill may pass.
    func backups(at now: Timestamp) async throws -> [BackupRecord] {
        guard database.verify.againEvery != nil else { return [] }
        let stores = Set(appliance.configuration.stores.map(\.name))
        var going: [String: Set<BackupID>] = [:]
        for run in RetentionRun.all(appliance, catalog, database) where run.policy != nil {
            going[run.store] = Set(try await run.plan(at: now).deletions)
        }
        return try await catalog.backups(of: database.name).filter { backup in
            (backup.proof != .different || backup.drillFailedAt != nil) && stores.contains(backup.store)
                && !(going[backup.store]?.contains(backup.id) ?? false)
        }
    }

    // MARK: The budget

    private func allowance() async throws -> ProofAllowance? {
        try await catalog.proofAllowance(of: database.name).map { ProofAllowance(at: $0.at, bytes: $0.bytes) }
    }

    /// Takes what a proof fetches from what may be fetched, or gives back what was not fetched after all.
    func settle(spent: Int64 = 0, refund: Int64 = 0, at now: Timestamp) async throws {
        guard let budget = database.verify.budget, spent > 0 || refund > 0 else { return }
        let after = ProofAllowance.settled(
            try await allowance(), spent: spent, refund: refund, budget: budget, at: now)
        try await catalog.setProofAllowance(after.at, bytes: after.bytes, of: database.name)
    }
}
