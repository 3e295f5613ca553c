import Appliance
import ArgumentParser
import FoundationEssentials
import Model
import Restore
import Settings

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Make a SQLite file of a backup.",
        usage: """
            nightjar restore <id> | <database> --to <file> [--at <time>]
                [--table <table>] ... [--store <store>] [--identity <file>]
                [--force] [--dry-run] [--config <path>] [--json]
            nightjar restore --from <address> [--endpoint <url>]
                [--region <region>] --to <file> [...]
            """,
        discussion: """
            The file is made under another name, compared with the manifest, brought to
            the disk and then renamed. Of a database's backups the newest verified one is
            taken. --from needs no configuration, but for s3:// the environment variables
            AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var identities: IdentityOptions

    @Argument(help: "A backup's id, database/id, or a database.")
    var what: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Instead of that: s3://bucket/prefix/database or file:///folder/database, or one backup in there.",
            valueName: "address"))
    var from: String?

    @OptionGroup var addressing: AddressOptions

    @Option(
        name: .long,
        help: ArgumentHelp("Only from this store (default: the nearest where it is proved).", valueName: "store"))
    var store: String?

    @Option(name: .customLong("to"), help: ArgumentHelp("The file to make.", valueName: "file"))
    var target: String

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The newest verified backup up to this time in the database's time zone: \"2026-03-01 12:00\".",
            valueName: "time"))
    var at: String?

    @Option(
        name: .long, help: ArgumentHelp("Only this table, with its indexes; may be given again.", valueName: "table"))
    var table: [String] = []

    @Flag(name: .long, help: "Replace an existing file.")
    var force = false

    @Flag(name: .long, help: "Change nothing; print what would be done.")
    var dryRun = false

    func validate() throws {
        if (what == nil) == (from == nil) {
            throw ValidationError("Name a backup or a database, or say --from and where it is.")
        }
        if from != nil, store != nil {
            throw ValidationError("--store goes with a backup or a database, not with --from.")
        }
        if from == nil, !addressing.isEmpty {
            throw ValidationError("--endpoint and --region go with --from.")
        }
        if let at, WrittenTime(at) == nil {
            throw ValidationError(
                "'\(at)' is not a time; write it as 2026-03-01, \"2026-03-01 12:00\" or 2026-03-01T12:00:00+01:00.")
        }
        if at != nil, let what, BackupLocator.namesBackup(what) { throw Self.atWithBackup }
    }

    private static var atWithBackup: ValidationError {
        ValidationError("--at goes with a database, not with a backup's id.")
    }

    func run() async throws {
        guard let from else {
            try await options.withAppliance(identities) { try await restore(what ?? "", $0) }
            return
        }
        let address = try BackupAddress(
            from, endpoint: addressing.endpoint, region: addressing.region,
            environment: ProcessInfo.processInfo.environment)
        if at != nil && address.id != nil { throw Self.atWithBackup }
        let name = address.id.map { "\(address.database)/\($0)" } ?? address.database
        let appliance = Appliance(of: address.store, identities: try identities.load())
        try await GlobalOptions.with(appliance) { try await restore(name, $0) }
    }

    private func restore(_ what: String, _ appliance: Appliance) async throws {
        let settings = Restoration.Options(target: target, tables: table, force: force)
        let time = at.flatMap { WrittenTime($0) }
        if dryRun {
            let plan = try await RestoreRun(
                appliance: appliance, what: what, at: time, in: store, options: settings, progress: nil
            ).plan()
            if options.json { Output.json(plan) } else { plan.describe() }
            // A script learns what the restore would have ended with.
            if let obstacle = plan.obstacles.first { throw ReportedFailure(code: obstacle.code) }
            return
        }
        let result = try await ProgressDisplay.showing(what, json: options.json) { progress in
            try await RestoreRun(
                appliance: appliance, what: what, at: time, in: store, options: settings, progress: progress
            ).run()
        }
        if options.json {
            Output.json(result)
        } else {
            Output.line(
                "Restored \(result.id) of \(result.database) from \(result.store) to \(result.file): "
                    + "\(CountText.format(Int64(result.tables), "table")), \(CountText.format(result.rows, "row")), "
                    + "equal to the manifest")
            for note in result.notes { Output.line("  Note: \(note)") }
        }
    }
}
