import Catalog
import Model
import Settings
import Storage

extension Console {
    /// How many completed runs the trends show.
    private static let trendLength = 30
    /// Enough runs for that many completed ones, and for what became of the last days.
    private static let runsLooked = 200

    static func makeOverview(_ daemon: Daemon, _ catalog: Catalog) async throws -> Overview {
        let appliance = await daemon.appliance
        let now = daemon.clock.now
        let report = try await StatusReport.make(appliance.configuration, catalog, now: now)
        let tasks = await daemon.verificationTasks
        let exports = try await catalog.activeExports()
        var databases: [Overview.Database] = []
        for status in report.databases {
            var exporting: ExportStatus?
            if let export = exports.first(where: { $0.database == status.name }) {
                exporting = try await catalog.status(of: export, now: now)
            }
            databases.append(
                try await database(
                    status, appliance, catalog, now, verifying: tasks.first { $0.database == status.name },
                    exporting: exporting))
        }
        databases.sort { ($0.status.state.rank, $0.status.name) < ($1.status.state.rank, $1.status.name) }
        let active = try await catalog.activeRuns()
        let words = OverviewWords(databases.map(\.status), now: now)
        return Overview(
            isProtected: words.isProtected, headline: words.headline, advice: words.advice, now: now,
            databases: databases, queued: active.count { $0.state == .queued },
            running: active.count { $0.state == .running })
    }

    static func database(
        _ status: StatusReport.Database, _ appliance: Appliance, _ catalog: Catalog, _ now: Timestamp,
        verifying: VerificationTask?, exporting: ExportStatus?
    ) async throws -> Overview.Database {
        let settings = appliance.configuration.database(named: status.name)
        let runs = try await catalog.runs(of: status.name, limit: runsLooked).filter { $0.trigger != .export }
        let backups = try await catalog.backups(of: status.name)
        let record = try await catalog.database(named: status.name)
        let zone = settings?.zone ?? .utc
        let days = DayMarks(
            runs: runs, backups: backups, schedule: settings?.schedule, zone: zone, since: record?.since ?? now,
            now: now, verify: settings?.verify.afterBackup ?? .restore)
        let newest = backups.first
        let locations = settings?.storeNames.compactMap { try? appliance.stores.store(named: $0).location } ?? []
        return Overview.Database(
            status: status, source: settings?.shownSource, store: settings?.shownStores ?? newest?.store,
            location: locations.isEmpty ? nil : locations.joined(separator: ", "), zone: settings?.zoneName,
            nextRunLocal: status.nextRunAt.map { LocalTime.text($0, in: zone) },
            schedule: settings?.schedule.map { "\($0)" }, trend: trend(runs), days: days.marks, rows: newest?.rows,
            dumpBytes: newest?.dumpBytes, storedBytes: newest?.storedBytes, verifying: verifying, exporting: exporting)
    }

    private static func trend(_ runs: [RunRecord]) -> [Overview.Trend] {
        let completed = runs.filter { $0.state == .completed }.prefix(trendLength)
        return completed.reversed().map { run in
            Overview.Trend(
                at: run.startedAt, dumpBytes: run.dumpBytes, storedBytes: run.storedBytes, rows: run.rows,
                seconds: run.seconds ?? 0)
        }
    }
}

extension StatusReport.State {
    /// The most trouble first.
    var rank: Int { Self.allCases.firstIndex(of: self) ?? Self.allCases.count }
}
