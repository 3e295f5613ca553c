import Appliance
import Model

extension MetricsSnapshot {
    /// All figures, in the order in which they are written; docs/metrics.md explains each.
    var families: [MetricFamily] {
        applianceFamilies + channelFamilies + databaseFamilies + backupFamilies + runFamilies + storeFamilies
    }

    private var applianceFamilies: [MetricFamily] {
        [
            MetricFamily(
                "nightjar_build_info", "Always 1; the labels say what runs.", .gauge, ["version", "sqlite_version"],
                [[version, sqliteVersion]: 1]),
            MetricFamily(
                "nightjar_start_time_seconds", "When the daemon started, in seconds since 1970.", startedAt.seconds),
            MetricFamily("nightjar_time_seconds", "The appliance's clock, in seconds since 1970.", now.seconds),
            MetricFamily(
                "nightjar_resident_memory_bytes", "Memory of the daemon's process that is in use.", residentBytes),
            MetricFamily("nightjar_runs_queued", "Runs that wait for their turn.", Int64(queueLength)),
            MetricFamily("nightjar_runs_running", "Runs that are at work.", Int64(running)),
        ]
    }

    private var databaseFamilies: [MetricFamily] {
        [
            states,
            flag("configured", "Whether the configuration names it, or its backups are just kept.", \.isConfigured),
            flag("overdue", "Whether a backup that should have happened did not.", \.isOverdue),
            flag(
                "proof_overdue", "Whether the last proof of a kept backup is older than it may grow.",
                \.isProofOverdue),
            flag("frozen", "Whether nothing is deleted until a person has looked.", \.isFrozen),
            flag("running", "Whether a run of it is at work.", \.isRunning),
            time("next_run", "When the next scheduled run begins", \.nextRun),
            time("last_success", "When the last completed run ended", \.lastSuccess),
            gauge("last_success_duration_seconds", "How long the last completed run took.") { $0.duration },
        ]
    }

    private var backupFamilies: [MetricFamily] {
        [
            time(
                "last_verified", "When any of its backups last passed a verification at the level asked for",
                \.lastVerified),
            time("oldest_proof", "When the kept backup with the oldest proof was last proved", \.oldestProof),
            time("newest_backup", "When the newest backup was made", \.newestBackup),
            gauge("newest_backup_rows", "Rows of the newest backup.") { $0.rows },
            gauge("newest_backup_dump_bytes", "Size of the newest backup's dump, uncompressed.") { $0.dumpBytes },
            gauge("newest_backup_stored_bytes", "Size of the newest backup in the store.") { $0.storedBytes },
            gauge("backups", "Backups that are kept.") { Int64($0.backups) },
            gauge("backups_stored_bytes", "Size of all backups that are kept, in the store.") { $0.storedBytesAll },
        ]
    }

    /// One of a database's states is 1, the others are 0.
    private var states: MetricFamily {
        var samples: [[String]: Int64] = [:]
        for database in databases {
            for state in StatusReport.State.allCases {
                samples[[database.name, state.rawValue]] = (state == database.state) ? 1 : 0
            }
        }
        return MetricFamily(
            "nightjar_database_state", "1 for the state that the database is in, as `nightjar status` names it.",
            .gauge, ["database", "state"], samples)
    }

    private func flag(
        _ name: String, _ help: String, _ path: KeyPath<MetricsSnapshot.Database, Bool>
    ) -> MetricFamily {
        gauge(name, help) { $0[keyPath: path] ? 1 : 0 }
    }

    private func time(
        _ name: String, _ help: String, _ path: KeyPath<MetricsSnapshot.Database, Timestamp?>
    ) -> MetricFamily {
        gauge(name + "_timestamp_seconds", help + ", in seconds since 1970.") { $0[keyPath: path]?.seconds }
    }

    /// - Parameter value: nil leaves the database out.
    private func gauge(
        _ name: String, _ help: String, _ value: (MetricsSnapshot.Database) -> Int64?
    ) -> MetricFamily {
        var samples: [[String]: Int64] = [:]
        for database in databases { samples[[database.name]] = value(database) }
        return MetricFamily("nightjar_database_" + name, help, .gauge, ["database"], samples)
    }
}
