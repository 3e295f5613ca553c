import Appliance
import ArgumentParser
import Catalog
import Model
import Settings

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Make a backup now: snapshot, export, upload, verify.",
        usage: """
            nightjar backup <name> ... [--no-verify] [--config <path>] [--json]
            nightjar backup --all [--no-verify] [--config <path>] [--json]
            """,
        discussion: """
            Every run uploads everything. With several databases all are tried, and the
            exit code is that of the first failure.
            """)

    /// What became of one database, for programs.
    private struct Result: Encodable {
        var database: String
        var id: String?
        /// nil where the configuration has no such database.
        var store: String?
        var state: String
        var tables: Int?
        var rows: Int64?
        var storedBytes: Int64?
        var dumpBytes: Int64?
        var seconds: Double?
        var excluded: [String] = []
        var notes: [String] = []
        var verification: VerificationReport?
        var error: FailureText?
    }

    @OptionGroup var options: GlobalOptions

    @Argument(help: "Names of databases in the configuration.")
    var names: [String] = []

    @Flag(name: .long, help: "Back up every database in the configuration.")
    var all = false

    @Flag(name: .long, help: "Leave the verification out; the backup is called unproved.")
    var noVerify = false

    func validate() throws {
        if names.isEmpty != all {
            throw ValidationError("Name the databases to back up, or say --all.")
        }
    }

    func run() async throws {
        let results = try await options.withCatalog { appliance, catalog in
            let chosen = all ? appliance.configuration.databases.map(\.name) : names
            if chosen.isEmpty {
                throw NightjarError(
                    .missing, "there is no database in \(appliance.configuration.path)",
                    hint: "Add one under `databases:`.")
            }
            var results: [(Result, FailureCode?)] = []
            for name in chosen {
                results.append(try await backup(name, appliance, catalog))
            }
            return results
        }
        if options.json { Output.json(["results": results.map(\.0)]) }
        if let code = results.lazy.compactMap(\.1).first { throw ReportedFailure(code: code) }
    }

    /// - Throws: Only where the work was stopped; a database that cannot be backed up must not keep the others from it.
    private func backup(
        _ name: String, _ appliance: Appliance, _ catalog: Catalog
    ) async throws -> (Result, FailureCode?) {
        var store: String?
        do {
            let database = try appliance.database(name)
            store = database.storeName
            let outcome = try await ProgressDisplay.showing(database.name, json: options.json) { progress in
                try await RecordedRun(
                    appliance: appliance, catalog: catalog, database: database, trigger: .command,
                    verifyAfterBackup: noVerify ? VerificationLevel.none : nil, progress: progress
                ).run()
            }
            return show(outcome, database)
        } catch {
            try Task.checkCancellation()
            let failure = FailureText(describing: error)
            Output.complain(
                FailureText(
                    describing: NightjarError(
                        (error as? any Failure)?.code ?? .internal, "\(name) was not backed up: \(failure.message)",
                        hint: failure.hint)))
            let result = Result(database: name, store: store, state: BackupState.failed.rawValue, error: failure)
            return (result, (error as? any Failure)?.code ?? .internal)
        }
    }

    private func show(_ outcome: BackupRun.Outcome, _ database: DatabaseSettings) -> (Result, FailureCode?) {
        let manifest = outcome.manifest
        var result = Result(
            database: manifest.database, id: manifest.id, store: database.storeName, state: outcome.state.rawValue,
            tables: manifest.tables.count, rows: manifest.rows, storedBytes: manifest.storedBytes,
            dumpBytes: manifest.dumpBytes, seconds: outcome.seconds,
            excluded: manifest.excluded.map { $0.name.description }, notes: manifest.notes,
            verification: outcome.verification)
        var code: FailureCode?
        if outcome.state == .failed { code = .difference }
        if let failure = outcome.verificationFailure {
            result.error = FailureText(describing: failure)
            // What cannot be read back as it was written is a difference; everything else is worth another try.
            code = (failure as? any Failure)?.code == .difference ? .difference : .busy
        }
        if !options.json { describe(outcome) }
        if let failure = result.error {
            Output.complain(
                FailureText(
                    describing: NightjarError(
                        code ?? .busy, "\(manifest.database) is backed up, not proved: \(failure.message)",
                        hint: outcome.isUnprovable
                            ? failure.hint
                            : "\(failure.hint.map { $0 + " " } ?? "")Then run: nightjar verify \(manifest.id)")))
        }
        return (result, code)
    }

    private func describe(_ outcome: BackupRun.Outcome) {
        let manifest = outcome.manifest
        Output.line("\(manifest.database): \(manifest.id) in \(outcome.location)")
        Output.line(
            "  \(CountText.format(Int64(manifest.tables.count), "table")), \(CountText.format(manifest.rows, "row")), "
                + "\(SizeText.format(manifest.dumpBytes)) of SQL, \(SizeText.format(manifest.storedBytes)) stored, "
                + DurationText.format(.seconds(outcome.seconds)))
        for excluded in manifest.excluded {
            Output.line("  Left out: \(excluded.name) (exclude: \(excluded.pattern))")
        }
        for note in Set(manifest.notes + (outcome.verification?.notes ?? [])).sorted() {
            Output.line("  Note: \(note)")
        }
        if let report = outcome.verification {
            Output.line("  \(report.summary)")
            for difference in report.differences { Output.line("    \(difference.message)") }
        } else if outcome.verificationFailure == nil {
            Output.line("  Not proved: no verification was asked for. Prove it with: nightjar verify \(manifest.id)")
        }
    }
}
