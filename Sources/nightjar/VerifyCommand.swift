import Appliance
import ArgumentParser
import Model
import Restore

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Prove backups from their store.",
        usage: """
            nightjar verify <id> | <database> | --all [--level <level>]
                [--identity <file>] [--verbose] [--report <file>]
                [--config <path>] [--json]
            nightjar verify <id> | <database> --against-source
                [--identity <file>] [--config <path>] [--json]
            """,
        discussion: """
            Level `checksum` compares every stored byte with what was written. Level
            `restore` also imports the dump into a scratch database and compares rows,
            digests and schema. Exit code 65 means that a difference was found.

            With `--against-source` the backup is compared with the live database as it
            is now instead, and nothing is proved. Differences there are no failure, exit
            code 0: a live database changes.
            """)

    enum Level: String, ExpressibleByArgument, CaseIterable {
        case restore, checksum
    }

    private struct Answer: Encodable {
        /// What could not be verified.
        struct Unverified: Encodable {
            /// nil where a whole store could not be asked.
            var id: String?
            var database: String?
            var store: String
            var error: FailureText
        }

        var reports: [VerificationReport] = []
        /// Left out where there are none.
        var failures: [Unverified]?
    }

    @OptionGroup var options: GlobalOptions
    @OptionGroup var identities: IdentityOptions

    @Argument(help: "A backup's id, database/id, or a database for its newest backup.")
    var what: String?

    @Flag(name: .long, help: "Verify every backup in the stores.")
    var all = false

    @Flag(name: .long, help: "Tell what has changed in the live database since the backup.")
    var againstSource = false

    @Option(name: .long, help: "How much to prove: restore (the default) or checksum.")
    var level: Level?

    @Option(name: .long, help: ArgumentHelp("Write the report to this file: .json or .html.", valueName: "file"))
    var report: String?

    @Flag(name: .long, help: "Print the whole report, table by table.")
    var verbose = false

    func validate() throws {
        if (what == nil) != all { throw ValidationError("Name a backup or a database, or say --all.") }
        if againstSource && (all || level != nil || report != nil || verbose) {
            throw ValidationError(
                "--against-source goes with one backup or database, without --level, --report and --verbose.")
        }
        if let report, ReportFile.Format(path: report) == nil {
            throw ValidationError("The report's name has to end with .json or .html.")
        }
    }

    func run() async throws {
        if againstSource, let what { return try await compareWithSource(what) }
        // A report that cannot be written is no news for the end of hours of work.
        let file = try report.map { try ReportFile(path: $0) }
        let (answer, failure) = try await options.withDaemon(identities) {
            appliance, daemon -> (Answer, FailureCode?) in
            let result: Result<(Answer, FailureCode?), any Error>
            do {
                result = .success(try await verifyChosen(appliance, daemon))
            } catch {
                result = .failure(error)
            }
            // What was found is told, also where it is a failure.
            if daemon == nil { await appliance.deliver(log: Output.log) }
            return try result.get()
        }
        try file?.write(answer.reports)
        if options.json { Output.json(answer) }
        if let failure { throw ReportedFailure(code: failure) }
        if answer.reports.contains(where: { $0.outcome == .different }) { throw ReportedFailure(code: .difference) }
    }

    private func verifyChosen(
        _ appliance: Appliance, _ daemon: ControlClient?
    ) async throws -> (Answer, FailureCode?) {
        let locator = BackupLocator(appliance: appliance)
        guard let what else {
            let listing = try await locator.survey()
            if listing.found.isEmpty && listing.failures.isEmpty {
                throw NightjarError(
                    .missing, "there are no backups to verify", hint: "Make one with: nightjar backup --all")
            }
            return try await verify(listing, appliance, daemon)
        }
        let found = try await locator.resolve(what, preferring: .newest)
        var copies = try await locator.copies(of: found)
        guard copies.found.count > 1 else {
            return (Answer(reports: [try await verify(found, appliance, daemon)]), nil)
        }
        // What is said of the choice is said once.
        copies.found[0].notes += found.notes
        return try await verify(copies, appliance, daemon)
    }

    /// One backup or store that fails must not keep the others from being verified.
    /// - Returns: What was found, and the first failure's code.
    private func verify(
        _ listing: BackupLocator.Listing, _ appliance: Appliance, _ daemon: ControlClient?
    ) async throws -> (Answer, FailureCode?) {
        var answer = Answer()
        var failures: [Answer.Unverified] = []
        var firstFailure: FailureCode?
        for away in listing.failures {
            let text = FailureText(describing: away.error)
            Output.complain(text)
            failures.append(.init(store: away.storeName, error: text))
            firstFailure = firstFailure ?? Self.code(of: away.error)
        }
        let stores = Set(listing.found.map(\.storeName))
        for found in listing.found {
            do {
                if stores.count > 1 && !options.json {
                    Output.line("\(found.entry.keys.id) in the store \(found.storeName):")
                }
                answer.reports.append(try await verify(found, appliance, daemon))
            } catch {
                try Task.checkCancellation()
                let keys = found.entry.keys
                let text = FailureText(describing: error)
                Output.complain(text)
                failures.append(
                    .init(id: keys.id.description, database: keys.database, store: found.storeName, error: text))
                firstFailure = firstFailure ?? Self.code(of: error)
            }
        }
        if !failures.isEmpty { answer.failures = failures }
        return (answer, firstFailure)
    }

    private static func code(of error: any Error) -> FailureCode {
        (error as? any Failure)?.code ?? .internal
    }

    private func verify(
        _ backup: BackupLocator.Found, _ appliance: Appliance, _ daemon: ControlClient?
    ) async throws -> VerificationReport {
        var report: VerificationReport
        // What the daemon may not open, this process may.
        if let daemon, identities.identity.isEmpty, let told = try await ask(daemon, about: backup) {
            report = told
        } else {
            report = try await verifyHere(backup, appliance)
        }
        report.notes += backup.notes
        if !options.json {
            for line in verbose ? report.text : report.brief { Output.line(line) }
        }
        return report
    }

    private var wanted: VerificationLevel { level == .checksum ? .checksum : .restore }

    /// - Returns: nil where the daemon does not know that backup.
    private func ask(_ daemon: ControlClient, about backup: BackupLocator.Found) async throws -> VerificationReport? {
        let progress = RemoteProgress()
        let id = backup.entry.keys.id.description
        return try await ProgressDisplay.showing(id, json: options.json, of: { progress.now }) {
            try await DaemonVerification(daemon: daemon, level: wanted).verify(backup, progress)
        }
    }

    /// Does the work in this process.
    private func verifyHere(
        _ backup: BackupLocator.Found, _ appliance: Appliance
    ) async throws -> VerificationReport {
        // Who only has the store's credentials has no catalog, and needs none.
        try await ProgressDisplay.showing(backup.entry.keys.id.description, json: options.json) { progress in
            try await RecordedVerification(
                appliance: appliance, backup: backup, level: wanted, progress: progress,
                tell: { Output.errorLine("nightjar: \($0)") }
            ).run().report
        }
    }
}
