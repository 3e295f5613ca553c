import Model
import Restore
import Storage

/// Looks up what other verifications have found, for whoever has to do something about a difference. It asks the stores
/// alone: they know all that a catalog knows, and are there for somebody without one.
struct AdviceSearch: Sendable {
    let appliance: Appliance
    /// Where the backup is.
    let store: any ObjectStore

    /// Adds to a report with differences since when they may be there, and which other backup is good.
    /// - Throws: Only where the task was cancelled.
    func advise(_ report: inout VerificationReport) async throws {
        let listing = try await BackupLocator(appliance: appliance).survey(database: report.database)
        for failure in listing.failures {
            report.notes.append(
                "The store \(failure.storeName) could not be asked for other backups: \(failure.message)")
        }
        let id = report.id
        let location = store.location
        let own = listing.found.first { $0.entry.keys.id.description == id && $0.store.location == location }
        let earlier = try await own?.standing(complete: true).reports ?? []
        let others = listing.found.filter { $0.entry.keys.id.description != id || $0.store.location != location }
        report.advice = Self.advice(about: report, earlier: earlier, goodBackup: try await Self.proved(others))
    }

    /// - Parameter earlier: Reports of the same backup, oldest first.
    private static func advice(
        about report: VerificationReport, earlier: [VerificationReport], goodBackup: VerificationReport.GoodBackup?
    ) -> VerificationReport.Advice {
        // That bytes are as they were written says nothing of rows.
        let isOfBytes = report.differences.allSatisfy { $0.object != nil }
        let good = earlier.indices.last { index in
            let outcome = earlier[index].outcome
            guard outcome == .proved || (isOfBytes && outcome == .checked) else { return false }
            // Right bytes take back no difference of rows.
            return BackupState(reports: Array(earlier[...index])) != .failed
        }
        let since = earlier[(good.map { $0 + 1 } ?? 0)...].first { $0.outcome == .different }
        return VerificationReport.Advice(
            goodUntil: good.map { earlier[$0].finishedAt }, differentSince: since?.finishedAt ?? report.finishedAt,
            goodBackup: goodBackup)
    }

    /// The newest of the backups that is proved.
    private static func proved(_ backups: [BackupLocator.Found]) async throws -> VerificationReport.GoodBackup? {
        for backup in backups.sorted(by: { $0.entry.keys.id > $1.entry.keys.id }) {
            let standing = try await backup.standing()
            guard standing.state == .proved, let provedAt = standing.provedAt else { continue }
            let id = backup.entry.keys.id
            return VerificationReport.GoodBackup(
                id: id.description, store: backup.storeName, createdAt: id.time, provedAt: provedAt)
        }
        return nil
    }
}
