import Catalog
import Model
import Settings

/// What the backups of 30 days cost on R2, at its public prices: <https://developers.cloudflare.com/r2/pricing/>.
/// The free allowance is left out, since other buckets may use it.
package struct MonthlyCost: Sendable, Encodable, Equatable {
    package var database: String
    /// The name of one of its stores.
    package var store: String
    package var backups: Int
    /// Bytes in the store at the end of the month.
    package var storedBytes: Int64
    /// PUT, parts, LIST, and what begins and ends an upload.
    package var classA: Int64
    /// GET and HEAD.
    package var classB: Int64

    /// Whether anybody asks money for the store: for a bucket, not for a folder of this machine's.
    package var hasPrice: Bool

    /// US dollars; nil where there is no price.
    package var dollars: Double? {
        guard hasPrice else { return nil }
        return Double(storedBytes) / 1e9 * 0.015 + Double(classA) / 1e6 * 4.5 + Double(classB) / 1e6 * 0.36
    }

    /// - Parameters:
    ///   - store: One of the database's.
    ///   - hasPrice: Whether it is a bucket.
    ///   - policy: What is kept there; nil for everything.
    ///   - slots: The scheduled times of the month.
    ///   - existing: The backups that the catalog knows, newest first; without one nobody knows how large the next is.
    package init(
        _ database: DatabaseSettings, store: String, hasPrice: Bool, policy: RetentionPolicy?, partSize: Int64,
        slots: [Timestamp], existing: [BackupRecord], end: Timestamp
    ) {
        let existing = existing.filter { $0.store == store }
        let size = existing.first?.storedBytes ?? 0
        let parts = max(1, (size + partSize - 1) / max(partSize, 1))
        let runs = Int64(slots.count)
        // One PUT where one part is all; else the upload's beginning and end as well. Then the manifest and the report.
        let isVerified = database.verify.afterBackup != .none
        let puts = (parts == 1 ? 1 : parts + 2) + 1 + (isVerified ? 1 : 0)
        let planned = slots.map {
            RetentionCandidate(id: BackupID(time: $0), state: isVerified ? .verified : .unproved)
        }
        let known = existing.map { record in
            RetentionCandidate(id: record.id, state: record.proof == .proved ? .verified : .unproved)
        }
        let plan = RetentionPlan(
            candidates: known + planned, policy: policy, zone: database.zone, now: end,
            asksForProof: isVerified, freeze: nil)
        let sizes = Dictionary(existing.map { ($0.id, $0.storedBytes) }, uniquingKeysWith: { first, _ in first })
        let kept = plan.decisions.filter { $0.action == .keep }
        self.database = database.name
        self.store = store
        self.hasPrice = hasPrice
        backups = slots.count
        storedBytes = kept.reduce(0) { $0 + (sizes[$1.id] ?? size) }
        // Each deletion asks once for what belongs to the backup.
        classA = runs * puts + Int64(plan.deletions.count)
        // The owner, a HEAD before each object, the manifest and the dump again for the proof.
        classB = runs * (isVerified ? 6 : 3)
    }
}
