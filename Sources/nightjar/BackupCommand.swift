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
            exit code is that of the first failure. Where a daemon works, it does it.
            """)

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
        let results = try await options.withDaemon { appliance, daemon -> [(BackupResult, FailureCode?)] in
            let chosen = all ? appliance.configuration.databases.map(\.name) : names
            if chosen.isEmpty {
                throw NightjarError(
                    .missing, "there is no database in \(appliance.configuration.path)",
                    hint: "Add one under `databases:`.")
            }
            guard let daemon else {
                return try await options.withCatalog(of: appliance) { catalog -> [(BackupResult, FailureCode?)] in
                    let results = try await backUp(chosen, appliance) { try await make($0, appliance, catalog) }
                    await appliance.deliver(from: catalog, log: Output.log)
                    return results
                }
            }
            let work = DaemonBackup(daemon: daemon, appliance: appliance, verify: level)
            return try await backUp(chosen, appliance) { try await ask(work, for: $0) }
        }
        if options.json { Output.json(["results": results.map(\.0)]) }
        if let code = results.lazy.compactMap(\.1).first { throw ReportedFailure(code: code) }
    }

    /// In place of what the configuration asks for; nil leaves that.
    private var level: VerificationLevel? { noVerify ? VerificationLevel.none : nil }

    /// - Throws: Only where the work was stopped; a database that cannot be backed up must not keep the others from it.
    private func backUp(
        _ names: [String], _ appliance: Appliance, _ make: (DatabaseSettings) async throws -> MadeBackup
    ) async throws -> [(BackupResult, FailureCode?)] {
        var results: [(BackupResult, FailureCode?)] = []
        for name in names {
            var store: String?
            do {
                let database = try appliance.database(name)
                store = database.storeName
                let made = try await make(database)
                if !options.json { made.describe() }
                made.complain()
                results.append((made.result, made.code))
            } catch {
                try Task.checkCancellation()
                let failure = FailureText(describing: error)
                let code = (error as? any Failure)?.code ?? .internal
                Output.complain(
                    FailureText(
                        describing: NightjarError(
                            code, "\(name) was not backed up: \(failure.message)", hint: failure.hint)))
                let result = BackupResult(
                    database: name, store: store, state: BackupState.failed.rawValue, error: failure)
                results.append((result, code))
            }
        }
        return results
    }

    /// Does the work in this process.
    private func make(
        _ database: DatabaseSettings, _ appliance: Appliance, _ catalog: Catalog
    ) async throws -> MadeBackup {
        let outcome = try await ProgressDisplay.showing(database.name, json: options.json) { progress in
            try await RecordedRun(
                appliance: appliance, catalog: catalog, database: database, trigger: .command,
                verifyAfterBackup: level, handle: RunHandle(progress: progress)
            ).run()
        }
        return MadeBackup(outcome, of: database)
    }

    /// Has the daemon do it.
    private func ask(_ work: DaemonBackup, for database: DatabaseSettings) async throws -> MadeBackup {
        let progress = RemoteProgress()
        return try await ProgressDisplay.showing(database.name, json: options.json, of: { progress.now }) {
            try await work.make(database, progress)
        }
    }
}
