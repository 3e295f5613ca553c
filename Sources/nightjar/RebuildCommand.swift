import Appliance
import ArgumentParser
import Model

struct RebuildCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild", abstract: "Bring what the stores hold into the catalog.",
        discussion: """
            The catalog is a cache of the stores and the history of runs; losing it loses
            no backup. Databases with backups that it did not know are frozen: nothing of
            them is deleted until nightjar accept <name>.
            """)

    private struct Answer: Encodable {
        var backups: Int
        var frozen: [String]
        var failures: [String]
    }

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let outcome = try await options.withCatalog { appliance, catalog in
            try await CatalogRebuild(appliance: appliance, catalog: catalog).run()
        }
        if options.json {
            Output.json(Answer(backups: outcome.backups, frozen: outcome.frozen, failures: outcome.failures))
        } else {
            Output.line("\(CountText.format(Int64(outcome.backups), "backup")) found in the stores.")
            for name in outcome.frozen {
                Output.line(
                    "\(name): frozen until you have looked: nightjar prune \(name) --dry-run, nightjar accept \(name)")
            }
        }
        for failure in outcome.failures { Output.errorLine("nightjar: \(failure)") }
        if !outcome.failures.isEmpty { throw ReportedFailure(code: .unreachable) }
    }
}
