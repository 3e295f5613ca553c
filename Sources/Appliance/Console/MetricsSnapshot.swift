import Catalog
import Model
import Storage

/// All figures that the metrics show, of one moment.
package struct MetricsSnapshot: Sendable {
    package struct Database: Sendable {
        package let name: String
        package let state: StatusReport.State
        package let isConfigured: Bool
        /// The end of the last completed run.
        package let lastSuccess: Timestamp?
        /// The newest verification, at the level that the database asks for, of any of its backups.
        package let lastVerified: Timestamp?
        /// Of the backups that are kept, the oldest last proof; nil where one of them has none.
        package let oldestProof: Timestamp?
        package let newestBackup: Timestamp?
        package let backups: Int
        /// Of the newest backup.
        package let rows: Int64?
        package let dumpBytes: Int64?
        package let storedBytes: Int64?
        /// Of all its backups.
        package let storedBytesAll: Int64
        /// Seconds of the last completed run.
        package let duration: Int64?
        package let nextRun: Timestamp?
        package let isOverdue: Bool
        /// Whether the last proof of a kept backup is older than it may grow.
        package let isProofOverdue: Bool
        package let isFrozen: Bool
        package let isRunning: Bool
    }

    package struct Traffic: Sendable {
        package let store: String
        package let sent: Int64
        package let received: Int64
        package let retries: Int64
    }

    package let now: Timestamp
    package let version: String
    package let sqliteVersion: String
    package let startedAt: Timestamp
    package let databases: [Database]
    /// Ended runs by database, kind, state and reason.
    package let runs: [RunCount]
    package let stores: [StoreOperationCount]
    package let traffic: [Traffic]
    package let queueLength: Int
    package let running: Int
    /// How the messages to people and programs fare.
    package let channels: [NotificationsOverview.Channel]
    /// Of this process, in bytes.
    package let residentBytes: Int64
}
