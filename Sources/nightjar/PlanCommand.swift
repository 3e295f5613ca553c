import Appliance
import ArgumentParser
import Catalog
import Dump
import Model
import Settings

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Show the next runs as they will really happen, and what a month costs.",
        usage: "nightjar plan [--days <days>] [--config <path>] [--json]",
        discussion: """
            Times are those of each database's zone, changes of the clocks included. How
            long runs take, and how large backups are, is what the last ones say.
            """)

    private struct Run: Encodable {
        var database: String
        var slot: Timestamp
        var startsAt: Timestamp
        var localTime: String
        var zone: String
        var waitsSeconds: Int64
    }

    private struct Answer: Encodable {
        var runs: [Run]
        var month: [MonthlyCost]
    }

    private static let day: Int64 = 86_400

    @OptionGroup var options: GlobalOptions

    @Option(name: .long, help: "How many days to look ahead, 1 to 366.")
    var days = 2

    func validate() throws {
        guard (1...366).contains(days) else { throw ValidationError("--days has to be from 1 to 366.") }
    }

    func run() async throws {
        let configuration = try options.loadConfiguration()
        let now = Timestamp.now
        let catalog = try await Appliance(configuration).readCatalog()
        var records: [String: DatabaseRecord] = [:]
        var durations: [String: Int64] = [:]
        var backups: [String: [BackupRecord]] = [:]
        for database in configuration.databases {
            records[database.name] = try await catalog?.database(named: database.name)
            backups[database.name] = try await catalog?.backups(of: database.name)
            guard let last = try await catalog?.lastSuccess(of: database.name), let end = last.finishedAt else {
                continue
            }
            durations[database.name] = max(1, end.seconds - last.startedAt.seconds)
        }
        await catalog?.close()
        func plan(_ days: Int64) -> SchedulePlan {
            SchedulePlan(
                configuration, records: records, durations: durations, now: now,
                until: Timestamp(seconds: now.seconds + days * Self.day))
        }
        let month = plan(30).runs
        let end = Timestamp(seconds: now.seconds + 30 * Self.day)
        let costs = configuration.databases.flatMap { database in
            database.storeNames.map { store in
                let settings = configuration.store(named: store)
                return MonthlyCost(
                    database, store: store, hasPrice: settings.map { !$0.isNear } ?? false,
                    policy: configuration.retention(of: database, in: store), partSize: settings?.partSize ?? 8 << 20,
                    slots: month.filter { $0.database == database.name }.map(\.startsAt),
                    existing: backups[database.name] ?? [], end: end)
            }
        }
        let runs = plan(Int64(days)).runs.compactMap { run in
            configuration.database(named: run.database).map { (run, $0) }
        }
        if options.json {
            Output.json(Answer(runs: runs.map { Self.encoded($0, $1) }, month: costs))
        } else {
            show(runs, costs, configuration, hasSizes: backups.values.contains { !$0.isEmpty })
        }
    }

    private static func local(_ time: Timestamp, _ database: DatabaseSettings) -> String {
        let local = "\(database.zone.civilTime(at: time))".map { $0 == "T" ? " " : $0 }
        return "\(String(local)) \(database.zone.abbreviation(at: time))"
    }

    private static func encoded(_ run: SchedulePlan.Run, _ database: DatabaseSettings) -> Run {
        Run(
            database: run.database, slot: run.slot, startsAt: run.startsAt, localTime: local(run.startsAt, database),
            zone: database.zoneName, waitsSeconds: run.startsAt.seconds - run.due.seconds)
    }

    private func show(
        _ runs: [(SchedulePlan.Run, DatabaseSettings)], _ costs: [MonthlyCost], _ configuration: Configuration,
        hasSizes: Bool
    ) {
        if runs.isEmpty {
            Output.line("No run is due within \(CountText.format(Int64(days), "day")).")
        } else {
            let rows = runs.map { run, database in
                let waits = run.startsAt.seconds - run.due.seconds
                return [
                    Self.local(run.startsAt, database), run.startsAt.text, run.database,
                    waits > 0 ? "waits \(DurationText.format(.seconds(waits))) for its turn" : "",
                ]
            }
            TextTable(["LOCAL TIME", "UTC", "DATABASE", ""], rows).print()
        }
        for database in configuration.databases where database.schedule == nil {
            Output.line("\(database.name): no schedule, backed up only when asked.")
        }
        Output.line()
        show(costs, hasSeveralStores: configuration.databases.contains { $0.storeNames.count > 1 })
        if !hasSizes { Output.line("How large a backup is will be known after the first one.") }
    }

    /// What the month comes to; folders cost nobody anything.
    private func show(_ costs: [MonthlyCost], hasSeveralStores: Bool) {
        let prices = costs.compactMap(\.dollars)
        Output.line(prices.isEmpty ? "In 30 days:" : "In 30 days, at R2's prices without its free allowance:")
        let rows = costs.map { cost in
            let name = hasSeveralStores ? "\(cost.database) in \(cost.store)" : cost.database
            let size = [name, CountText.format(Int64(cost.backups)), SizeText.format(cost.storedBytes)]
            if prices.isEmpty { return size }
            guard let dollars = cost.dollars else { return size + ["", "", ""] }
            return size + [CountText.format(cost.classA), CountText.format(cost.classB), Self.price(dollars)]
        }
        let header = ["DATABASE", "BACKUPS", "STORED THEN"] + (prices.isEmpty ? [] : ["CLASS A", "CLASS B", "USD"])
        TextTable(header, rows, rightAligned: [1, 2, 3, 4, 5]).print()
        if prices.count > 1 { Output.line("Together: USD \(Self.price(prices.reduce(0, +)))") }
    }

    /// Two decimals.
    private static func price(_ dollars: Double) -> String {
        let cents = Int64((dollars * 100).rounded(.up))
        return "\(cents / 100).\(cents % 100 < 10 ? "0" : "")\(cents % 100)"
    }
}
