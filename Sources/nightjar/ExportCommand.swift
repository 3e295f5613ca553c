import Appliance
import ArgumentParser
import Model

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a database's rows as plain files, without a store.",
        usage: """
            nightjar export <name> --to <directory> [--format <format>]
                [--compression <compression>] [--table <table>] ... [--force]
                [--config <path>] [--json]
            """,
        discussion: """
            CSV and ndjson are a file for each table, JSON is one document, SQL a script;
            schema.sql lies beside all but the script. With --table a schema.sql that is
            there already stays. All files get their names at the end, or none does.

            A database in WAL mode is read in one transaction: writers go on, and the WAL
            grows until the export ends. Any other, and one whose folder cannot be written,
            is read as for a backup: with snapshot: copy it is copied into scratch_dir
            first. An export is no backup: it has no manifest, and nothing proves it.
            """)

    enum Packing: String, ExpressibleByArgument, CaseIterable {
        case plain = "none"
        case zstd, gzip

        fileprivate var compression: Compression {
            switch self {
            case .plain: .none
            case .zstd: .standard
            case .gzip: .standardGzip
            }
        }
    }

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The name of a database in the configuration.")
    var name: String

    @Option(
        name: .customLong("to"),
        help: ArgumentHelp("The directory to write into; it is made where it is not there.", valueName: "directory"))
    var directory: String

    @Option(name: .long, help: "What is written.")
    var format: DumpFormat = .csv

    @Option(name: .long, help: "How the files are compressed.")
    var compression: Packing = .plain

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Only this table, be it excluded or not, with its indexes; may be given again.", valueName: "table"))
    var table: [String] = []

    @Flag(name: .long, help: "Replace files of the same names; others stay.")
    var force = false

    func validate() throws {
        if directory.isEmpty { throw ValidationError("--to needs the name of a directory.") }
    }

    func run() async throws {
        let settings = PlainExport.Options(
            directory: directory, format: format, compression: compression.compression, tables: table,
            force: force)
        // Root stays root: the files are for whoever asks.
        let outcome = try await options.withAppliance { appliance in
            try await ProgressDisplay.showing(name, json: options.json) { progress in
                try await PlainExport(
                    appliance: appliance, database: name, options: settings, progress: progress
                ).run()
            }
        }
        if options.json { Output.json(outcome) } else { outcome.describe() }
    }
}

extension DumpFormat: ExpressibleByArgument {}

extension PlainExport.Outcome {
    /// Says to people what was written.
    fileprivate func describe() {
        let count = CountText.format(Int64(files.count), "file")
        Output.line("\(database): \(count) in \(directory)")
        let figures = [
            CountText.format(Int64(tables), "table"), CountText.format(rows, "row"), SizeText.format(bytes),
            DurationText.format(seconds: seconds),
        ]
        Output.line("  \(figures.joined(separator: ", "))")
        for file in files {
            let rows = file.rows.map { ": \(CountText.format($0, "row")), " } ?? ": "
            Output.line("    \(file.name)\(rows)\(SizeText.format(file.bytes))")
        }
        if snapshot.consistency != nil || snapshot.warning != nil {
            Output.line("  Snapshot: \(snapshot.stateWords), by \(snapshot.methodWords)")
            let advice = [snapshot.warning, snapshot.consistency?.remedy]
            for line in advice.compactMap({ $0 }) { Output.line("    \(line)") }
        }
        for left in excluded { Output.line("  Left out: \(left.name) (exclude: \(left.pattern))") }
        for note in notes { Output.line("  Note: \(note)") }
        Output.line("An export is no backup: nothing proves it, and nothing keeps it.")
    }
}
