import Appliance
import ArgumentParser
import Glibc
import Model
import Restore

struct DownloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "download", abstract: "Write a backup's dump to standard output or to a file.",
        usage: """
            nightjar download <id> | <database> [--output <file>] [--raw]
                [--config <path>] [--json]
            """,
        discussion: "Every byte is compared with the manifest on its way; exit code 65 means that it differs.")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "A backup's id, database/id, or a database for its newest one.")
    var id: String

    @Option(name: .long, help: ArgumentHelp("Write to this new file instead.", valueName: "file"))
    var output: String?

    @Flag(name: .long, help: "Write the bytes as they are stored, compressed.")
    var raw = false

    func run() async throws {
        try await options.withAppliance { appliance in
            let found = try await BackupLocator(appliance: appliance).resolve(id, preferring: .newest)
            // Standard output may be the dump's.
            for note in found.notes { Output.errorLine("nightjar: \(note)") }
            let manifest = try await found.manifest()
            let download = DumpDownload(store: found.store, manifest: manifest, raw: raw, progress: nil)
            guard let output else {
                try await download.run(to: STDOUT_FILENO)
                return
            }
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
}
