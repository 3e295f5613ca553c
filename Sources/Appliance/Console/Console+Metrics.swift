import Catalog
import FoundationEssentials
import Glibc
import Model
import Restore
import SQLite
import Settings
import Storage

extension Console {
    package func metrics() async throws -> MetricsSnapshot {
        let appliance = await daemon.appliance
        let now = now()
        let report = try await StatusReport.make(appliance.configuration, catalog, now: now)
        var databases: [MetricsSnapshot.Database] = []
        for status in report.databases { databases.append(try await figures(of: status, appliance)) }
        let active = try await catalog.activeRuns()
        let meters = appliance.meters.all
        return MetricsSnapshot(
            now: now, version: Tool.version, sqliteVersion: SQLiteLibrary.version, startedAt: startedAt,
            databases: databases, runs: try await catalog.runCounts(), stores: meters.flatMap(\.counts),
            traffic: meters.map {
                .init(store: $0.store, sent: $0.bytesSent, received: $0.bytesReceived, retries: $0.retries)
            },
            queueLength: active.count { $0.state == .queued } + (await daemon.queueLength),
            running: active.count { $0.state == .running },
            channels: try await channels(), residentBytes: Self.residentBytes)
    }

    private func figures(
        of status: StatusReport.Database, _ appliance: Appliance
    ) async throws -> MetricsSnapshot.Database {
        let backups = try await catalog.backups(of: status.name)
        let last = try await catalog.lastSuccess(of: status.name)
        let proofs = backups.map(\.provedAt)
        let alarms = try await catalog.alarms(of: status.name)
        return MetricsSnapshot.Database(
            name: status.name, state: status.state,
            isConfigured: appliance.configuration.database(named: status.name) != nil,
            lastSuccess: last?.finishedAt, lastVerified: status.lastProofAt,
            oldestProof: proofs.contains(nil) ? nil : proofs.compactMap { $0 }.min(),
            newestBackup: status.lastBackupAt, backups: status.backups, rows: backups.first?.rows,
            dumpBytes: backups.first?.dumpBytes, storedBytes: backups.first?.storedBytes,
            storedBytesAll: backups.reduce(0) { $0 + $1.storedBytes },
            duration: last?.seconds,
            nextRun: status.nextRunAt, isOverdue: alarms.contains { $0.kind == .overdue },
            isProofOverdue: alarms.contains { $0.kind == .proof },
            isFrozen: try await catalog.database(named: status.name)?.frozen != nil,
            isRunning: status.running?.isRunning ?? false)
    }

    /// proc_pid_statm(5): the second figure, in pages.
    private static var residentBytes: Int64 {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
        let figures = text.split(separator: " ")
        guard figures.count > 1, let pages = Int64(figures[1]) else { return 0 }
        return pages * Int64(sysconf(Int32(_SC_PAGESIZE)))
    }
}
