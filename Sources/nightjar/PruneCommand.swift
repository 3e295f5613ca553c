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

    private struct Wish: Encodable {
        /// Left out for all of them.
        var database: String?
        var dryRun: Bool
    }

    @OptionGroup var options: GlobalOptions

    @Argument(help: "A database; all of them where none is named.")
    var name: String?

    @Flag(name: .long, help: "Delete nothing; print each backup with its reasons.")
    var dryRun = false

    func run() async throws {
        let results = try await options.withDaemon { appliance, daemon -> [PruneResult] in
            let chosen = try name.map { [try appliance.database($0)] } ?? appliance.configuration.databases
            if let daemon {
                let results = try await ask(daemon)
                if !options.json { for result in results { show(result, appliance.configuration) } }
                return results
            }
            return try await options.withCatalog(of: appliance) { catalog in
                var results: [PruneResult] = []
                for database in chosen {
                    for run in RetentionRun.all(appliance, catalog, database) {
                        let result = try await run.result(dryRun: dryRun)
                        if !options.json { show(result, appliance.configuration) }
                        results.append(result)
                    }
                }
                return results
            }
        }
        if options.json { Output.json(["databases": results]) }
    }

    /// Has the daemon do it, in its own time: a store deletes one object after the other.
    private func ask(_ daemon: ControlClient) async throws -> [PruneResult] {
        let path = "/api/v1/prune"
        let answer = try await daemon.post(path, Wish(database: name, dryRun: dryRun), patience: nil)
        return try ControlClient.read(PruneAnswer.self, from: answer, of: "POST \(path)").databases
    }

    /// What happened to it, or what would.
    private func word(for decision: PruneResult.Decision, _ result: PruneResult) -> String {
        if result.deleted.contains(decision.id) { return "deleted" }
        if result.locked.contains(decision.id) { return "locked" }
        switch RetentionDecision.Action(rawValue: decision.action) {
        case .keep: return "keep"
        case .delete: return dryRun ? "would delete" : "left for now"
        case .locked: return "locked"
        case nil: return decision.action
        }
    }

    private func show(_ result: PruneResult, _ configuration: Configuration) {
        let policy = result.policy ?? "no retention, everything is kept"
        let isOneOfSeveral = configuration.database(named: result.database).map { $0.storeNames.count > 1 } ?? false
        Output.line("\(result.database)\(isOneOfSeveral ? " in \(result.store)" : ""): \(policy)")
        let rows = result.decisions.map { decision in
            ["  \(decision.id)", word(for: decision, result), decision.reasons.joined(separator: "; ")]
        }
        if rows.isEmpty {
            Output.line("  The catalog knows no backup of it.")
        } else {
            TextTable(["  BACKUP", "", "WHY"], rows).print()
        }
        if let left = result.left {
            Output.line(
                "  What is left of deleted backups is for the daemon's daily sweep: \(left)")
        }
    }
}
