import Appliance
import ArgumentParser
import Model
import Storage

struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one backup: what it holds and what has been proved about it.")

    private struct Result: Encodable {
        var store: String
        var location: String
        /// The names of the others that have it, too.
        var otherStores: [String]
        var state: String
        var manifest: Manifest
        var reports: [VerificationReport]
        var notes: [String]
    }

    @OptionGroup var options: GlobalOptions
    @OptionGroup var identities: IdentityOptions

    @Argument(help: "A backup's id, database/id, or a database for its newest one.")
    var id: String

    func run() async throws {
        let result = try await options.withAppliance(identities) { appliance in
            let found = try await BackupLocator(appliance: appliance).resolve(id, preferring: .newest)
            let standing = try await found.standing(complete: true)
            return Result(
                store: found.storeName, location: found.store.location, otherStores: found.others,
                state: standing.state.rawValue, manifest: try await found.manifest(), reports: standing.reports,
                notes: found.notes + standing.notes)
        }
        if options.json { Output.json(result) } else { describe(result) }
    }

    private func describe(_ result: Result) {
        let manifest = result.manifest
        let source = manifest.source
        Output.line("\(manifest.id) of \(manifest.database), \(result.state)")
        Output.line("Store     \(result.store): \(result.location)")
        if !result.otherStores.isEmpty { Output.line("Also in   \(result.otherStores.joined(separator: ", "))") }
        Output.line("State of  \(manifest.snapshot.begunAt.text) to \(manifest.snapshot.takenAt.text)")
        Output.line("          \(manifest.snapshot.stateWords), by \(manifest.snapshot.methodWords)")
        if let warning = manifest.snapshot.warning { Output.line("          \(warning)") }
        if let remedy = manifest.snapshot.consistency?.remedy { Output.line("          \(remedy)") }
        let facts: [String?] = [
            source.engineWords, source.encoding, "pages of \(source.pageSize)", source.journalWords,
            "user_version \(source.userVersion)",
        ]
        Output.line("Source    \(facts.compactMap { $0 }.joined(separator: ", "))")
        for object in manifest.objects {
            Output.line(
                "Object    \(object.key): \(SizeText.format(object.size)) in "
                    + "\(CountText.format(Int64(object.parts.count), "part")), "
                    + "\(SizeText.format(object.uncompressedSize)) of \(manifest.options.format.words)")
        }
        for excluded in manifest.excluded { Output.line("Left out  \(excluded.name) (exclude: \(excluded.pattern))") }
        for note in manifest.notes { Output.line("Note      \(note)") }
        for note in result.notes { Output.line("Note      \(note)") }
        if result.reports.isEmpty { Output.line("Proof     never verified") }
        for report in result.reports { Output.line("Proof     \(report.finishedAt.text) \(report.summary)") }
        Output.line()
        TextTable(
            ["TABLE", "ROWS", "DIGEST"],
            manifest.tables.map { [$0.name.description, CountText.format($0.rows), $0.digest.description] },
            rightAligned: [1]
        ).print()
    }
}
