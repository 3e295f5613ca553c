import Catalog
import Model
import Settings

/// All that decides what is proved next of a database, as it was at one moment.
struct ProofStock: Sendable {
    let database: String
    let verify: VerifySettings
    /// Those that are to be proved again.
    let backups: [BackupRecord]
    /// As it was when something was last spent; nil for a whole day's.
    let allowance: ProofAllowance?
    /// Nil where nobody knows how fast proofs go.
    let pace: ProofPace?

    /// - Parameters:
    ///   - chosen: Some of the backups; nil for all.
    ///   - elsewhere: The time that the proofs of other databases take.
    func plan(of chosen: [BackupRecord]? = nil, elsewhere: ProofLoad = .none, at now: Timestamp) -> ProofPlan {
        let level = verify.level
        let candidates = (chosen ?? backups).map { backup in
            ProofCandidate(
                backup: backup.id, bytes: backup.storedBytes, createdAt: backup.createdAt,
                provedAt: backup.lastProof(at: level))
        }
        return ProofPlan(
            candidates: candidates, againEvery: verify.againEvery, budget: verify.budget, allowance: allowance,
            pace: pace, elsewhere: elsewhere, now: now)
    }

    /// The one that was never proved or whose last proof is the oldest; the same backup may lie in several stores.
    func stalest(of backups: [BackupRecord]) -> BackupRecord? {
        let level = verify.level
        return backups.min { left, right in
            (left.lastProof(at: level)?.seconds ?? .min) < (right.lastProof(at: level)?.seconds ?? .min)
        }
    }
}

extension ProofPace {
    /// What verifications at a level have taken that read their backups to the end; nil where there are none.
    init?(of verifications: [VerificationRecord], at level: VerificationLevel, _ backups: [BackupRecord]) {
        let sizes = Dictionary(
            backups.map { ($0.proofKey, $0.storedBytes) }, uniquingKeysWith: { first, _ in first })
        var bytes = 0.0
        var seconds = 0.0
        for verification in verifications
        where verification.level == level && verification.outcome != .different && verification.seconds.isFinite {
            let key = ProofRoutine.Key(
                backup: verification.backup, database: verification.database, store: verification.store)
            guard let size = sizes[key] else { continue }
            bytes += Double(size)
            seconds += max(verification.seconds, 0)
        }
        let limit = 1e15
        self.init(bytes: Int64(min(bytes, limit)), seconds: Int64(min(seconds, limit).rounded(.up)))
    }
}

extension BackupRecord {
    /// The last proof at a level; nil where there is none. That the drill failed, which comes after all else was compared,
    /// does not make it due at once.
    ///
    /// Of what cannot be opened here a check is all that can be had, and counts: it is tried again as late as a proof would be.
    func lastProof(at level: VerificationLevel) -> Timestamp? {
        if isSealed, proof != .different { return [provedAt, verifiedAt].compactMap(\.self).max() }
        switch (level, proof) {
        case (.checksum, .different): return drillFailedAt == nil ? nil : verifiedAt
        case (_, .different): return drillFailedAt
        case (.checksum, .proved), (.checksum, .checked): return verifiedAt
        default: return provedAt
        }
    }

    /// Stored bytes that were fetched, where a verification has come as far as `fraction`, from 0 to 1.
    func bytesFetched(_ fraction: Double) -> Int64 {
        let fetched = (Double(storedBytes) * min(max(fraction, 0), 1)).rounded(.up)
        return min(Int64(clamping: Int128(fetched)), storedBytes)
    }
}
