import Appliance
import ArgumentParser
import Model
import Restore

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Make a SQLite file of a backup.",
        usage: """
            nightjar restore <id> | <database> --to <file> [--at <time>]
                [--table <table>] ... [--force] [--config <path>] [--json]
            """,
        discussion: """
            The file is made under another name, compared with the manifest, brought to
            the disk and then renamed. Of a database's backups the newest proved one is
            taken.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "A backup's id, database/id, or a database.")
    var what: String

    @Option(name: .customLong("to"), help: ArgumentHelp("The file to make.", valueName: "file"))
    var target: String

    @Option(
        name: .long,
        help: ArgumentHelp("The newest backup up to this time, in UTC: \"2026-03-01 12:00\".", valueName: "time"))
    var at: String?

    @Option(
        name: .long, help: ArgumentHelp("Only this table, with its indexes; may be given again.", valueName: "table"))
    var table: [String] = []

    @Flag(name: .long, help: "Replace an existing file.")
    var force = false

    func validate() throws {
        if let at, Timestamp(at) == nil {
            throw ValidationError("'\(at)' is not a time; write it as 2026-03-01 or \"2026-03-01 12:00\".")
        }
        if at != nil && BackupLocator.namesBackup(what) {
            throw ValidationError("--at goes with a database, not with a backup's id.")
        }
    }

    func run() async throws {
        let result = try await options.withAppliance { appliance in
            try await ProgressDisplay.showing(what, json: options.json) { progress in
                try await RestoreRun(
                    appliance: appliance, what: what, at: at.flatMap { Timestamp($0) },
                    options: .init(target: target, tables: table, force: force), progress: progress
                ).run()
            }
        }
        if options.json {
            Output.json(result)
        } else {
            Output.line(
                "Restored \(result.id) of \(result.database) to \(result.file): "
                    + "\(CountText.format(Int64(result.tables), "table")), \(CountText.format(result.rows, "row")), "
                    + "equal to the manifest")
            for note in result.notes { Output.line("  Note: \(note)") }
        }
    }
}
