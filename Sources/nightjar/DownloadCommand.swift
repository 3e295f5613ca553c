import Appliance
import ArgumentParser
import Glibc
import Model
import Restore

struct DownloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "download", abstract: "Write a backup's dump to standard output or to a file.",
        usage: """
            nightjar download <id> | <database> [--output <file>]
                [--raw | --for-d1] [--config <path>] [--json]
            """,
        discussion: """
            Every byte is compared with the manifest on its way; exit code 65 means that it
            differs. With --for-d1 what Cloudflare D1 does not import is left out of the
            SQL, and standard error says what that means for the database.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "A backup's id, database/id, or a database for its newest one.")
    var id: String

    @Option(name: .long, help: ArgumentHelp("Write to this new file instead.", valueName: "file"))
    var output: String?

    @Flag(name: .long, help: "Write the bytes as they are stored, compressed.")
    var raw = false

    @Flag(name: .customLong("for-d1"), help: "Write SQL that Cloudflare D1 imports.")
    var forD1 = false

    func validate() throws {
        if raw && forD1 { throw ValidationError("--for-d1 changes the SQL, and --raw gives it as it is stored.") }
    }

    func run() async throws {
        try await options.withAppliance { appliance in
            let found = try await BackupLocator(appliance: appliance).resolve(id, preferring: .newest)
            // Standard output may be the dump's.
            tell(found.notes)
            let manifest = try await found.manifest()
            if forD1 && manifest.options.format != .sql {
                throw ValidationError("--for-d1 is for SQL; \(manifest.id) is \(manifest.options.format.rawValue).")
            }
            var form = raw ? DumpDownload.Form.stored : .text
            if forD1 {
                let plan = try DumpForD1(of: manifest)
                tell(plan.notes)
                form = .textForD1(plan)
            }
            let download = DumpDownload(store: found.store, manifest: manifest, form: form, progress: nil)
            guard let output else { return try await download.run(to: STDOUT_FILENO) }
            let descriptor = open(output, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else {
                throw NightjarError(.exists, "cannot create \(output): \(String(cString: strerror(errno)))")
            }
            defer { close(descriptor) }
            do {
                try await download.run(to: descriptor)
            } catch {
                unlink(output)
                throw error
            }
            if options.json { Output.json(["id": manifest.id, "file": output]) }
        }
    }

    private func tell(_ notes: [String]) {
        for note in notes { Output.errorLine("nightjar: \(note)") }
    }
}
