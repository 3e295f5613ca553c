import Catalog
import Model
import Settings

/// The backups of a database that are proved again, and what is to be done about them.
struct ProofSurvey: Sendable {
    let appliance: Appliance
    let catalog: Catalog
    let database: DatabaseSettings

    /// Those that retention keeps, in stores that are configured, and that are not known to be bad; none where they are not
    /// proved again. One whose drill alone failed is not bad: a later drill may pass.
    func backups(at now: Timestamp) async throws -> [BackupRecord] {
        guard database.verify.againEvery != nil else { return [] }
        let stores = Set(appliance.configuration.stores.map(\.name))
        var going: Set<BackupID> = []
        if database.retention != nil {
            let plan = try await RetentionRun(appliance: appliance, catalog: catalog, database: database).plan(at: now)
            going = Set(plan.deletions)
        }
        return try await catalog.backups(of: database.name).filter { backup in
            (backup.proof != .different || backup.drillFailedAt != nil) && stores.contains(backup.store)
                && !(backup.store == database.storeName && going.contains(backup.id))
        }
    }

    func plan(of backups: [BackupRecord], at now: Timestamp) async throws -> ProofPlan {
        let verify = database.verify
        let candidates = backups.map { backup in
            ProofCandidate(
                backup: backup.id, bytes: backup.storedBytes, createdAt: backup.createdAt,
                provedAt: backup.lastProof(at: verify.level))
        }
        return ProofPlan(
            candidates: candidates, againEvery: verify.againEvery, budget: verify.budget,
            allowance: try await allowance(), now: now)
    }

    /// The one that was never proved or whose last proof is the oldest; the same backup may lie in several stores.
    func stalest(of backups: [BackupRecord]) -> BackupRecord? {
        let level = database.verify.level
        return backups.min { left, right in
            (left.lastProof(at: level)?.seconds ?? .min) < (right.lastProof(at: level)?.seconds ?? .min)
        }
    }

    /// When a backup's last proof is as old as it may grow.
    func deadline(of backup: BackupRecord) -> Timestamp {
        let from = backup.lastProof(at: database.verify.level) ?? backup.createdAt
        return Timestamp(seconds: from.seconds + (database.verify.againEvery ?? 0))
    }

    // MARK: The budget

    private func allowance() async throws -> ProofAllowance? {
        try await catalog.proofAllowance(of: database.name).map { ProofAllowance(at: $0.at, bytes: $0.bytes) }
    }

    /// Takes what a proof fetches from what may be fetched.
    func spend(_ bytes: Int64, at now: Timestamp) async throws {
        try await change(at: now) { allowance, _ in allowance.spending(bytes) }
    }

    /// Gives back what was not fetched after all.
    func refund(_ bytes: Int64, at now: Timestamp) async throws {
        guard bytes > 0 else { return }
        try await change(at: now) { allowance, budget in allowance.refunding(bytes, budget: budget) }
    }

    private func change(at now: Timestamp, _ change: (ProofAllowance, Int64) -> ProofAllowance) async throws {
        guard let budget = database.verify.budget else { return }
        let before = try await allowance() ?? ProofAllowance(at: now, bytes: budget)
        let after = change(before.refilled(to: now, budget: budget), budget)
        try await catalog.setProofAllowance(after.at, bytes: after.bytes, of: database.name)
    }
}

extension BackupRecord {
    /// The last proof at a level; nil where there is none. That the drill failed, which comes after all else was compared,
    /// does not make it due at once.
    func lastProof(at level: VerificationLevel) -> Timestamp? {
        switch (level, proof) {
        case (.checksum, .different): drillFailedAt == nil ? nil : verifiedAt
        case (_, .different): drillFailedAt
        case (.checksum, .proved), (.checksum, .checked): verifiedAt
        default: provedAt
        }
    }
}
