import Appliance
import ArgumentParser
import Catalog
import Dump
import Model
import Settings

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Say how every database is: last backup and proof, next run, what runs now.",
        discussion: """
            Told by the daemon, or from the catalog where none works. Exit code 65 where a
            database is frozen, 75 where one is overdue, failing or without a backup.
            """)

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let configuration = try options.loadConfiguration()
        let now = Timestamp.now
        let report = try await report(configuration, now)
        if options.json {
            Output.json(report)
        } else {
            show(report, now)
        }
        let states = Set(report.databases.map(\.state))
        if states.contains(.frozen) { throw ReportedFailure(code: .difference) }
        if !states.isDisjoint(with: [.overdue, .failing, .none]) { throw ReportedFailure(code: .busy) }
    }

    private func report(_ configuration: Configuration, _ now: Timestamp) async throws -> StatusReport {
        if let told = try await toldByDaemon(configuration) { return told }
        let catalog = try await Appliance(configuration).readCatalog()
        let report = try await StatusReport.make(configuration, catalog, now: now)
        await catalog?.close()
        return report
    }

    /// - Returns: nil where no daemon answers; the catalog says as much.
    private func toldByDaemon(_ configuration: Configuration) async throws -> StatusReport? {
        guard let daemon = try await ControlClient.reach(configuration) else { return nil }
        defer { daemon.shutdown() }
        let all: [StatusReport.Database]
        do {
            all = try await daemon.get("/api/v1/overview", as: OverviewAnswer.self).databases.map(\.status)
        } catch {
            try Task.checkCancellation()
            return nil
        }
        // In the configuration's order, then those that it does not name.
        let names = configuration.databases.map(\.name)
        let known = names.compactMap { name in all.first { $0.name == name } }
        let others = all.filter { !names.contains($0.name) }
        return StatusReport(
            daemon: DaemonLock.holder(in: configuration.stateDirectory) ?? "it answers on \(daemon.socket)",
            databases: known + others)
    }

    private func show(_ report: StatusReport, _ now: Timestamp) {
        Output.line(
            report.daemon.map { "The daemon works: \($0)." } ?? "No daemon works. Start it: systemctl start nightjar")
        let rows = report.databases.map { database in
            [
                database.name, database.state.rawValue, Self.age(database.lastBackupAt, now),
                Self.age(database.lastProofAt, now), Self.next(database.nextRunAt, now),
                database.running.map { Self.words($0) } ?? "",
            ]
        }
        if rows.isEmpty { return Output.line("No databases yet: add one under `databases:`.") }
        TextTable(["DATABASE", "STATE", "LAST BACKUP", "LAST PROOF", "NEXT", "NOW"], rows).print()
        for database in report.databases {
            for alarm in database.alarms { Output.line("\(database.name): \(alarm)") }
            if let shortfall = database.lastBackupShortfall {
                Output.line("\(database.name): the newest backup is NOT PROVED CONSISTENT: \(shortfall)")
            }
            guard let failure = database.lastFailure else { continue }
            Output.line("\(database.name): the last run failed: \(failure.message)")
            if let hint = failure.hint { Output.line("  \(hint)") }
        }
    }

    private static func age(_ time: Timestamp?, _ now: Timestamp) -> String {
        guard let time else { return "never" }
        return "\(DurationText.format(.seconds(max(0, now.seconds - time.seconds)))) ago"
    }

    private static func next(_ time: Timestamp?, _ now: Timestamp) -> String {
        guard let time else { return "when asked" }
        guard time > now else { return "now" }
        return "in \(DurationText.format(.seconds(time.seconds - now.seconds)))"
    }

    private static func words(_ run: StatusReport.Run) -> String {
        let part = run.fraction.map { " \(Int($0 * 100))%" } ?? ""
        let left = run.secondsLeft.map { ", \(DurationText.format(.seconds($0))) left" } ?? ""
        return "\(run.phase)\(part), \(CountText.format(run.rows, "row"))\(left)"
    }
}
