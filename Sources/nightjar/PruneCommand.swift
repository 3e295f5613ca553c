import Appliance
import ArgumentParser
import Catalog
import Model
import Settings

struct PruneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Delete what retention keeps no longer, or show what it would.",
        usage: "nightjar prune [<name>] [--dry-run] [--config <path>] [--json]",
        discussion: """
            Says of each backup which rule keeps it, or why it goes. The newest verified
            backup is never deleted, and nothing of a database that is frozen.
            """)

    private struct Decision: Encodable {
        var id: String
        var state: String
        var action: String
        var reasons: [String]
        /// Whether only a freeze keeps it.
        var wouldDelete: Bool
    }

    private struct Database: Encodable {
        var database: String
        var frozen: Bool
        var decisions: [Decision]
        var deleted: [String]
        var locked: [String]
    }

    @OptionGroup var options: GlobalOptions

    @Argument(help: "A database; all of them where none is named.")
    var name: String?

    @Flag(name: .long, help: "Delete nothing; print each backup with its reasons.")
    var dryRun = false

    func run() async throws {
        let results = try await options.withCatalog { appliance, catalog in
            let chosen = try name.map { [try appliance.database($0)] } ?? appliance.configuration.databases
            var results: [Database] = []
            for database in chosen {
                let run = RetentionRun(appliance: appliance, catalog: catalog, database: database)
                let outcome = dryRun ? RetentionRun.Outcome(plan: try await run.plan()) : try await run.run()
                let isFrozen = try await catalog.database(named: database.name)?.frozen != nil
                results.append(result(database, outcome, isFrozen: isFrozen))
            }
            return results
        }
        if options.json { Output.json(["databases": results]) }
    }

    private func result(_ database: DatabaseSettings, _ outcome: RetentionRun.Outcome, isFrozen: Bool) -> Database {
        if !options.json { show(database, outcome) }
        return Database(
            database: database.name, frozen: isFrozen,
            decisions: outcome.plan.decisions.map { decision in
                Decision(
                    id: decision.id.description, state: "\(decision.state)", action: decision.action.rawValue,
                    reasons: decision.reasons.map(\.text), wouldDelete: decision.wouldDelete)
            },
            deleted: outcome.deleted.map(\.description), locked: outcome.locked.map(\.description))
    }

    /// What happened to it, or what would.
    private func word(for decision: RetentionDecision, _ outcome: RetentionRun.Outcome) -> String {
        if outcome.deleted.contains(decision.id) { return "deleted" }
        if outcome.locked.contains(decision.id) { return "locked" }
        switch decision.action {
        case .keep: return "keep"
        case .delete: return dryRun ? "would delete" : "left for now"
        case .locked: return "locked"
        }
    }

    private func show(_ database: DatabaseSettings, _ outcome: RetentionRun.Outcome) {
        let policy = database.retention.map { "\($0)" } ?? "no retention, everything is kept"
        Output.line("\(database.name): \(policy)")
        let rows = outcome.plan.decisions.map { decision in
            ["  \(decision.id)", word(for: decision, outcome), decision.text]
        }
        if rows.isEmpty {
            Output.line("  The catalog knows no backup of it.")
        } else {
            TextTable(["  BACKUP", "", "WHY"], rows).print()
        }
    }
}
