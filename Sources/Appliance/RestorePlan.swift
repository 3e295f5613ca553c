import Model
import Restore
import Storage

/// What a restore would do, for people and for programs.
package struct RestorePlan: Sendable, Encodable {
    package struct Proof: Sendable, Encodable {
        package let at: Timestamp
        /// `restore` proves a backup, `checksum` its stored bytes.
        package let level: VerificationLevel
        /// The report's key in the store.
        package let report: String
    }

    package struct Table: Sendable, Encodable {
        package let name: SQLText
        package let rows: Int64
    }

    /// Why the restore would be refused.
    package struct Obstacle: Sendable, Encodable {
        package let code: FailureCode
        package let message: String
        package let hint: String?
    }

    package let id: String
    package let database: String
    package let store: String
    package let location: String
    /// The moment of which the backup is.
    package let takenAt: Timestamp
    /// The backup's time as clocks in the database's zone showed it.
    package let localTime: String
    /// As `nightjar list` has it.
    package let state: BackupState
    /// The newest one; left out where there is none.
    package let proof: Proof?
    package let tables: [Table]
    /// Tables of the backup, restored or not.
    package let tablesInBackup: Int
    package let rows: Int64
    /// Stored bytes of the dump.
    package let bytesToFetch: Int64
    package let storedBytes: Int64
    /// Bytes on the target's disk; of a few tables an estimate.
    package let spaceNeeded: Int64
    /// Left out where nobody can say.
    package let spaceFree: Int64?
    package let file: String
    /// Left out where no file is replaced.
    package let replaces: Restoration.Plan.Replaced?
    package let obstacles: [Obstacle]
    /// One sentence each.
    package let notes: [String]

    init(
        _ found: BackupLocator.Found, _ manifest: Manifest, _ standing: BackupLocator.Found.Standing,
        _ plan: Restoration.Plan, target: String, zone: TimeZoneRules
    ) {
        id = manifest.id
        database = manifest.database
        store = found.storeName
        location = found.store.location
        takenAt = manifest.snapshot.takenAt
        localTime = LocalTime.exact(found.entry.keys.id.time, in: zone)
        state = standing.state
        let report =
            standing.reports.last { $0.outcome == .proved } ?? standing.reports.last { $0.outcome == .checked }
        proof = report.map { report in
            Proof(
                at: report.finishedAt, level: report.level,
                report: found.entry.keys.verification(at: report.finishedAt))
        }
        tables = plan.tables.map { Table(name: $0.name, rows: $0.rows) }
        tablesInBackup = manifest.tables.count
        rows = plan.tables.reduce(0) { $0 + $1.rows }
        bytesToFetch = plan.bytesToFetch
        storedBytes = manifest.storedBytes
        spaceNeeded = plan.spaceNeeded
        spaceFree = plan.spaceFree
        file = target
        replaces = plan.replaced
        obstacles = plan.obstacles.map { Obstacle(code: $0.code, message: $0.message, hint: $0.hint) }
        notes = found.notes + plan.notes + standing.notes
    }
}
