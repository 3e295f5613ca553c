import Appliance
import ArgumentParser
import Catalog
import Model

struct CopyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy", abstract: "Copy backups from one store to another, and prove them there.",
        usage: """
            nightjar copy <id> | <database> --from <store> --to <store>
                [--config <path>] [--json]
            """,
        discussion: """
            Objects go over byte for byte, each compared with what the manifest says of it;
            nothing is overwritten, and nothing is exported anew. Of a database all backups
            go that the other store lacks, the newest first. What a database's own stores
            lack, the daemon copies by itself.
            """)

    private struct Copied: Encodable {
        var id: String
        var database: String
        var copiedBytes: Int64
        /// `proved`, `checked` or `different`; nil where it was there whole, or is not proved.
        var outcome: String?
        /// Why it is not there, or not proved.
        var error: FailureText?
    }

    private struct Answer: Encodable {
        var from: String
        var to: String
        var copies: [Copied] = []
    }

    @OptionGroup var options: GlobalOptions

    @Argument(help: "A backup's id, database/id, or a database for all its backups.")
    var what: String

    @Option(name: .customLong("from"), help: ArgumentHelp("The store that has them.", valueName: "store"))
    var source: String

    @Option(name: .customLong("to"), help: ArgumentHelp("The store that is to have them.", valueName: "store"))
    var target: String

    func validate() throws {
        if source == target { throw ValidationError("--from and --to are the same store.") }
    }

    func run() async throws {
        let (answer, code) = try await options.withAppliance(asOwner: true) { appliance in
            for name in [source, target] where !appliance.stores.names.contains(name) {
                throw BackupLocator.unknown(name, appliance)
            }
            return try await options.withCatalogIfPresent(of: appliance) { try await copyAll(appliance, $0) }
        }
        if options.json { Output.json(answer) }
        if let code { throw ReportedFailure(code: code) }
    }

    /// One that cannot be copied must not keep the others from it.
    private func copyAll(_ appliance: Appliance, _ catalog: Catalog?) async throws -> (Answer, FailureCode?) {
        let chosen = try await BackupLocator(appliance: appliance).all(what, in: source, lackingIn: target)
        var answer = Answer(from: source, to: target)
        var code: FailureCode?
        if chosen.isEmpty, !options.json { Output.line("The store \(target) has all of \(what) that \(source) has.") }
        for keys in chosen {
            do {
                let outcome = try await ProgressDisplay.showing(keys.id.description, json: options.json) { progress in
                    try await RecordedCopy(
                        appliance: appliance, catalog: catalog, keys: keys, from: [source], to: target,
                        progress: progress
                    ).run()
                }
                answer.copies.append(told(outcome))
                if outcome.verification?.outcome == .different { code = code ?? .difference }
                if outcome.failure != nil { code = code ?? .busy }
            } catch {
                try Task.checkCancellation()
                let failure = FailureText(describing: error)
                let reason = (error as? any Failure)?.code ?? .internal
                Output.complain(
                    FailureText(
                        describing: NightjarError(
                            reason, "\(keys.id) was not copied: \(failure.message)", hint: failure.hint)))
                answer.copies.append(
                    Copied(id: keys.id.description, database: keys.database, copiedBytes: 0, error: failure))
                code = code ?? reason
                // The others would wait for the same.
                if reason == .unreachable { break }
            }
        }
        return (answer, code)
    }

    private func told(_ outcome: RecordedCopy.Outcome) -> Copied {
        let keys = outcome.keys
        if !options.json {
            Output.line(
                "\(keys.database): \(keys.id) from \(outcome.source) to \(outcome.target), "
                    + "\(SizeText.format(outcome.copied)) copied")
            if let report = outcome.verification { Output.line("  \(report.summary)") }
        }
        if let failure = outcome.failure {
            let advice = "Then run: nightjar verify \(keys.id)"
            Output.complain(
                FailureText(
                    describing: NightjarError(
                        .busy, "\(keys.id) is copied, not proved: \(failure.message)",
                        hint: failure.hint.map { "\($0) \(advice)" } ?? advice)))
        }
        return Copied(
            id: keys.id.description, database: keys.database, copiedBytes: outcome.copied,
            outcome: outcome.verification?.outcome.rawValue,
            error: outcome.failure.map {
                FailureText(describing: NightjarError($0.code, $0.message, hint: $0.hint))
            })
    }
}
