import Appliance
import ArgumentParser
import FoundationEssentials
import Model
import Settings

struct RebuildCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild", abstract: "Bring what the stores hold into the catalog, or make a lost appliance anew.",
        usage: """
            nightjar rebuild [--config <path>] [--json]
            nightjar rebuild --from <address> [--endpoint <url>]
                [--region <region>] [--identity <file>] [--config <path>] [--json]
            """,
        discussion: """
            The catalog is a cache of the stores and the history of runs; losing it loses
            no backup. Databases with backups that it did not know are frozen: nothing of
            them is deleted until nightjar accept <name>.

            --from is for a machine that has nothing of the appliance any more: it brings
            back the configuration without its secrets, who the appliance was, and the
            catalog. It overwrites nothing. docs/disaster.md says all that is to be done.
            """)

    private struct Answer: Encodable {
        var backups: Int
        var frozen: [String]
        var failures: [String]
    }

    private struct MadeAnew: Encodable {
        var appliance: String
        var host: String
        var configurationOf: Timestamp
        var files: [String]
        /// Files that were part of it and are not written.
        var left: [String]
        var notes: [String]
        var stateDirectory: String
        var backups: Int
        var frozen: [String]
        var failures: [String]
        /// What the configuration lacks before it can be used.
        var missing: [String]
        /// Stores of the configuration that nobody has looked into yet; left out where it cannot be read yet.
        var otherStores: [String]?
    }

    @OptionGroup var options: GlobalOptions
    @OptionGroup var identities: IdentityOptions

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Where the lost appliance wrote: s3://bucket/prefix or file:///folder.", valueName: "address"))
    var from: String?

    @OptionGroup var addressing: AddressOptions

    func validate() throws {
        if from == nil, !addressing.isEmpty || !identities.identity.isEmpty {
            throw ValidationError("--endpoint, --region and --identity go with --from.")
        }
    }

    func run() async throws {
        if let from { return try await makeAnew(from) }
        let outcome = try await options.withCatalog { appliance, catalog in
            try await CatalogRebuild(appliance: appliance, catalog: catalog).run()
        }
        if options.json {
            Output.json(Answer(backups: outcome.backups, frozen: outcome.frozen, failures: outcome.failures))
        } else {
            Output.line("\(CountText.format(Int64(outcome.backups), "backup")) found in the stores.")
            Self.show(frozen: outcome.frozen)
        }
        for failure in outcome.failures { Output.errorLine("nightjar: \(failure)") }
        if !outcome.failures.isEmpty { throw ReportedFailure(code: .unreachable) }
    }

    private static func show(frozen: [String]) {
        for name in frozen {
            Output.line(
                "\(name): frozen until you have looked: nightjar prune \(name) --dry-run, nightjar accept \(name)")
        }
    }

    private func makeAnew(_ text: String) async throws {
        let environment = ProcessInfo.processInfo.environment
        let address = try StoreAddress(
            text, endpoint: addressing.endpoint, region: addressing.region, environment: environment)
        let made = try await ApplianceRebuild(
            from: address.store, identities: try identities.load(),
            to: URL(fileURLWithPath: options.configurationPath).path, environment: environment
        ).run()
        let catalog = made.catalog
        if options.json {
            Output.json(
                MadeAnew(
                    appliance: made.appliance, host: made.host, configurationOf: made.writtenAt, files: made.files,
                    left: made.left, notes: made.notes, stateDirectory: made.stateDirectory, backups: catalog.backups,
                    frozen: catalog.frozen,
                    failures: catalog.failures, missing: made.missing,
                    otherStores: made.missing.isEmpty ? made.otherStores : nil))
        } else {
            Output.line("The appliance of \(made.host), as it was at \(made.writtenAt.text):")
            for file in made.files { Output.line("  wrote \(file)") }
            for file in made.left {
                Output.line("  not written, for it lay elsewhere than beside the main file: \(file)")
            }
            for note in made.notes { Output.line("  Note: \(note)") }
            Output.line(
                "  \(made.stateDirectory): \(CountText.format(Int64(catalog.backups), "backup")) in the catalog")
            Self.show(frozen: catalog.frozen)
            if made.missing.isEmpty {
                let names = made.otherStores.joined(separator: ", ")
                let others = names.isEmpty ? "" : "Bring in what is in \(names), too, with: nightjar rebuild. "
                Output.line(
                    "Nothing is missing. \(others)Try all of it with: nightjar doctor, then: systemctl start nightjar")
            } else {
                Output.line("Its secrets were kept by nobody. What is missing before it can work:")
                for line in made.missing { Output.line("  \(line)") }
                Output.line(
                    "Then: nightjar check, nightjar rebuild (for what its other stores hold), nightjar doctor, "
                        + "systemctl start nightjar")
            }
        }
        for failure in catalog.failures { Output.errorLine("nightjar: \(failure)") }
        if !catalog.failures.isEmpty { throw ReportedFailure(code: .unreachable) }
    }
}
