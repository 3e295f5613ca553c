import Appliance
import ArgumentParser
import Model
import Restore

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Prove backups from their store.",
        discussion: """
            Level `checksum` compares every stored byte with what was written. Level `restore` also
            imports the dump into a scratch database and compares rows, digests and schema.
            Exit code 65 means that a difference was found.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "A backup's id, or a database for its newest backup.")
    var what: String?

    @Flag(name: .long, help: "Verify every backup in the stores.")
    var all = false

    @Option(name: .long, help: "How much to prove: restore or checksum.")
    var level: Level = .restore

    @Option(name: .long, help: ArgumentHelp("Write the report to this file: .json or .html.", valueName: "file"))
    var report: String?

    enum Level: String, ExpressibleByArgument, CaseIterable {
        case restore, checksum
    }

    func validate() throws {
        if (what == nil) != all { throw ValidationError("Name a backup or a database, or say --all.") }
        if let report, ReportFile.Format(path: report) == nil {
            throw ValidationError("The report's name has to end with .json or .html.")
        }
    }

    func run() async throws {
        var firstFailure: FailureCode?
        let reports = try await options.withAppliance { appliance in
            let locator = BackupLocator(appliance: appliance)
            let backups =
                if let what { [try await locator.resolve(what)] } else { try await locator.all() }
            if backups.isEmpty { throw NightjarError(.missing, "there are no backups to verify") }
            var reports: [VerificationReport] = []
            for backup in backups {
                do {
                    reports.append(try await verify(backup, appliance))
                } catch let error as any Failure where all && error.code != .cancelled {
                    // One that cannot be verified must not keep the others from it.
                    Output.complain(FailureText(describing: error))
                    firstFailure = firstFailure ?? error.code
                }
            }
            return reports
        }
        if options.json { Output.json(["reports": reports]) }
        if let report { try ReportFile(reports: reports).write(to: report) }
        if reports.contains(where: { $0.outcome == .different }) { firstFailure = firstFailure ?? .difference }
        if let firstFailure { throw ReportedFailure(code: firstFailure) }
    }

    private func verify(_ backup: BackupLocator.Found, _ appliance: Appliance) async throws -> VerificationReport {
        let id = backup.entry.keys.id.description
        let manifest = try await backup.manifest()
        let report = try await ProgressDisplay.showing(id, json: options.json) { progress in
            try await VerificationRun(
                appliance: appliance, store: backup.store, level: level == .restore ? .restore : .checksum,
                progress: progress
            ).verify(manifest)
        }
        if !options.json {
            Output.line("\(report.database): \(id): \(report.summary)")
            for difference in report.differences {
                Output.line("  \(difference.object.map { "\($0): " } ?? "")\(difference.message)")
            }
            for note in report.notes { Output.line("  Note: \(note)") }
        }
        return report
    }
}
