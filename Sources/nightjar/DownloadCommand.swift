import Appliance
import ArgumentParser
import Glibc
import Model
import Restore
import Storage

struct DownloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "download", abstract: "Write a backup's dump to standard output or to a file.",
        usage: """
            nightjar download <id> | <database> [--output <file>]
                [--table <table>] [--raw | --for-d1] [--identity <file>]
                [--config <path>] [--json]
            """,
        discussion: """
            A dump that comes out other than it was made is noticed on its way; exit code
            65 means that what has been written must not be used. A dump with a file for
            each table, CSV or ndjson, comes as a ZIP archive. --table takes one table of
            CSV, JSON or ndjson; with --raw as well, that table's file as it is stored (not
            of JSON). With --for-d1 what Cloudflare D1 does not import is left out of the
            SQL, and standard error says what that means for the database.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var identities: IdentityOptions

    @Argument(help: "A backup's id, database/id, or a database for its newest one.")
    var id: String

    @Option(name: .long, help: ArgumentHelp("Write to this new file instead.", valueName: "file"))
    var output: String?

    @Option(
        name: .long, help: ArgumentHelp("Only this table; of a dump as CSV, JSON or ndjson.", valueName: "table"))
    var table: String?

    @Flag(name: .long, help: "Write the bytes as they are stored, compressed and encrypted.")
    var raw = false

    @Flag(name: .customLong("for-d1"), help: "Write SQL that Cloudflare D1 imports.")
    var forD1 = false

    func validate() throws {
        if raw && forD1 { throw ValidationError("--for-d1 changes the SQL, and --raw gives it as it is stored.") }
        if table != nil && forD1 { throw ValidationError("--for-d1 is for SQL, of which no table comes by itself.") }
    }

    func run() async throws {
        try await options.withAppliance(identities) { appliance in
            let found = try await BackupLocator(appliance: appliance).resolve(id, preferring: .newest)
            // Standard output may be the dump's.
            tell(found.notes)
            let manifest = try await found.manifest()
            let write = try await writer(of: manifest, in: found.store, appliance.opening)
            guard let output else { return try await write(STDOUT_FILENO) }
            let descriptor = open(output, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else {
                throw NightjarError(.exists, "cannot create \(output): \(String(cString: strerror(errno)))")
            }
            defer { close(descriptor) }
            do {
                try await write(descriptor)
            } catch {
                unlink(output)
                throw error
            }
            if options.json { Output.json(["id": manifest.id, "file": output]) }
        }
    }

    /// - Returns: What writes the bytes that are asked for to a file descriptor.
    private func writer(
        of manifest: Manifest, in store: any ObjectStore, _ opening: DumpOpening?
    ) async throws -> @Sendable (Int32) async throws -> Void {
        if forD1 && manifest.options.format != .sql {
            throw NightjarError(
                .usage, "--for-d1 is for dumps of SQL, and \(manifest.id) is one of \(manifest.options.format.words)")
        }
        guard table == nil, manifest.objects.count == 1 else {
            return try await partWriter(of: manifest, in: store, opening)
        }
        var form = raw ? DumpDownload.Form.stored : .text
        if forD1 {
            let plan = try DumpForD1(of: manifest)
            tell(plan.notes)
            form = .textForD1(plan)
        }
        let download = DumpDownload(
            store: store, manifest: manifest, form: form, progress: nil, opening: opening)
        return { try await download.run(to: $0) }
    }

    /// The same for one table, or for an archive of several objects.
    private func partWriter(
        of manifest: Manifest, in store: any ObjectStore, _ opening: DumpOpening?
    ) async throws -> @Sendable (Int32) async throws -> Void {
        let cache = FrameCache()
        let file = try DumpFile(of: manifest, table: table, in: store, opening: opening, cache: cache)
        if file.kind == .archive, raw {
            throw NightjarError(
                .usage, "\(manifest.id) has an object for each table in its store, and --raw gives one",
                hint: "Name a table with --table, or leave --raw out.")
        }
        if raw && file.storedSize == nil {
            throw NightjarError(.usage, "no table of \(manifest.id) is stored by itself", hint: "Leave --raw out.")
        }
        if file.kind == .archive, output == nil, isatty(STDOUT_FILENO) == 1 {
            throw NightjarError(
                .usage, "\(manifest.id) comes as a ZIP archive, which is nothing for a terminal",
                hint: "Write it to a file with --output \(file.name), or take one table with --table.")
        }
        var writer = DumpFileWriter(file, isStored: raw)
        if file.storedSize == nil, manifest.options.compression != "zstd", let part = place(of: table, in: manifest) {
            // Only frames have checksums of their own: of all else the whole document is compared.
            writer = DumpFileWriter(try DumpFile(of: manifest, in: store, opening: opening, cache: cache), part: part)
        }
        try await writer.file.open()
        return { [writer] in try await writer.run(to: $0) }
    }

    /// Where a table's rows lie in a dump of one object.
    private func place(of table: String?, in manifest: Manifest) -> Range<Int64>? {
        let folded = table.map { SQLText($0).folded }
        return manifest.tables.first { $0.name.folded == folded }.map { $0.range.offset..<$0.range.end }
    }

    private func tell(_ notes: [String]) {
        for note in notes { Output.errorLine("nightjar: \(note)") }
    }
}
