import Catalog
import Model

/// Whether the databases are safe, at a glance: what the first page, `status` and the metrics show.
package struct Overview: Sendable, Encodable {
    /// One day of a database, in its time zone, in the order of how well the day went.
    package enum Day: String, Sendable, Encodable, CaseIterable {
        /// A backup of that day was verified at the level that the database asks for.
        case verified
        /// There is a backup, and none that was verified.
        case unverified
        /// Every run failed.
        case failed
        /// A run was due and none was made.
        case missed
        /// Nothing was due and nothing was made.
        case none
    }

    package struct DayMark: Sendable, Encodable {
        /// `2026-03-15`, in the database's zone.
        package let date: String
        package let day: Day
    }

    /// A finished run, for the trends.
    package struct Trend: Sendable, Encodable {
        package let at: Timestamp
        /// Of the uncompressed dump.
        package let dumpBytes: Int64
        package let storedBytes: Int64
        package let rows: Int64
        package let seconds: Int64
    }

    package struct Database: Sendable, Encodable {
        package let status: StatusReport.Database
        /// The path of the SQLite file, as the configuration names it; nil for a database that is no longer configured.
        package let source: String?
        /// The store's name in the configuration; nil for a database that is no longer configured.
        package let store: String?
        /// Where the store is, without secrets.
        package let location: String?
        /// The time zone's name; nil for a database that is no longer configured.
        package let zone: String?
        /// The next run in the database's zone, `2026-03-16 03:17 CET`; nil where none is scheduled.
        package let nextRunLocal: String?
        /// The schedule as the configuration has it; nil where it is backed up only when asked.
        package let schedule: String?
        /// The last 30 completed runs, oldest first.
        package let trend: [Trend]
        /// The last 90 days, oldest first, today last.
        package let days: [DayMark]
        /// Of the newest backup; nil where there is none.
        package let rows: Int64?
        package let dumpBytes: Int64?
        package let storedBytes: Int64?
        /// The verification that works on a backup of it now.
        package let verifying: VerificationTask?
        /// The run of an export that somebody asked for.
        package let exporting: ExportStatus?
    }

    /// Whether nothing is left to do for a person.
    package let isProtected: Bool
    /// `All 12 databases are protected.`, or what is wrong.
    package let headline: String
    /// `Oldest verified restore: 9 hours ago.`, or what to do.
    package let advice: String
    package let now: Timestamp
    /// Databases with the most trouble first, then by name.
    package let databases: [Database]
    /// Runs that wait for their turn.
    package let queued: Int
    package let running: Int
}
