import Appliance
import ArgumentParser
import Catalog
import FoundationEssentials
import Model
import Settings

/// What every verb understands.
struct GlobalOptions: ParsableArguments {
    static let standardConfiguration = "/etc/nightjar/nightjar.yaml"

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The configuration file (default: $NIGHTJAR_CONFIG, else \(GlobalOptions.standardConfiguration)).",
            valueName: "path"))
    var config: String?

    @Flag(name: .long, help: "Print JSON for programs instead of text for people.")
    var json = false

    var configurationPath: String {
        config ?? ProcessInfo.processInfo.environment["NIGHTJAR_CONFIG"] ?? Self.standardConfiguration
    }

    /// - Throws: All complaints about the file at once, code `configuration`.
    func loadConfiguration() throws -> Configuration {
        try Configuration.load(path: configurationPath, environment: ProcessInfo.processInfo.environment)
    }

    /// Runs `body` with the appliance that the configuration describes, and closes its stores afterwards.
    /// - Parameter asOwner: Whether it leaves something behind that the daemon has to be able to use: root works as the
    ///   state directory's owner then.
    /// - Parameter identities: What opens encrypted backups, beside what the configuration has.
    func withAppliance<Result>(
        asOwner: Bool = false, _ identities: IdentityOptions? = nil, _ body: (Appliance) async throws -> Result
    ) async throws -> Result {
        let appliance = Appliance(try loadConfiguration(), identities: try identities?.load() ?? [])
        if asOwner { try ServiceUser.becomeOwner(of: appliance.configuration.stateDirectory) }
        return try await Self.with(appliance, body)
    }

    /// Runs `body` with an appliance, and closes its stores afterwards.
    static func with<Result>(_ appliance: Appliance, _ body: (Appliance) async throws -> Result) async throws -> Result
    {
        do {
            let result = try await body(appliance)
            await appliance.stores.shutdown()
            return result
        } catch {
            await appliance.stores.shutdown()
            throw error
        }
    }

    /// Runs `body` with the appliance and its catalog, for work.
    func withCatalog<Result>(_ body: (Appliance, Catalog) async throws -> Result) async throws -> Result {
        try await withAppliance(asOwner: true) { appliance in
            try await withCatalog(of: appliance) { try await body(appliance, $0) }
        }
    }

    /// Runs `body` with an appliance's catalog, for work.
    func withCatalog<Result>(of appliance: Appliance, _ body: (Catalog) async throws -> Result) async throws -> Result {
        let catalog = try await appliance.openCatalog { Output.errorLine("nightjar: \($0)") }
        return try await Self.closing(catalog) { try await body(catalog) }
    }

    /// Runs `body` with an appliance's catalog, for work; with nil where there is none.
    func withCatalogIfPresent<Result>(
        of appliance: Appliance, _ body: (Catalog?) async throws -> Result
    ) async throws -> Result {
        let catalog = try await appliance.openCatalogIfPresent { Output.errorLine("nightjar: \($0)") }
        return try await Self.closing(catalog) { try await body(catalog) }
    }

    private static func closing<Result>(
        _ catalog: Catalog?, _ body: () async throws -> Result
    ) async throws -> Result {
        do {
            let result = try await body()
            await catalog?.close()
            return result
        } catch {
            await catalog?.close()
            throw error
        }
    }

    /// Runs `body` with the appliance, and with the daemon where one answers on the configuration's control socket.
    func withDaemon<Result>(
        _ identities: IdentityOptions? = nil, _ body: (Appliance, ControlClient?) async throws -> Result
    ) async throws -> Result {
        try await withAppliance(asOwner: true, identities) { appliance in
            let daemon = try await ControlClient.reach(appliance.configuration)
            defer { daemon?.shutdown() }
            return try await body(appliance, daemon)
        }
    }

    /// `nightjar --config X backup` means `nightjar backup --config X`, and `nightjar notify --json list` means
    /// `nightjar notify list --json`.
    static func behindVerb(_ arguments: [String]) -> [String] {
        var before: [String] = []
        var rest = arguments[...]
        moveOptions(from: &rest, to: &before)
        guard let verb = rest.first, !verb.hasPrefix("-") else { return arguments }
        var verbs = [verb]
        rest.removeFirst()
        if verb == NotifyCommand.configuration.commandName {
            moveOptions(from: &rest, to: &before)
            if let second = rest.first, !second.hasPrefix("-") {
                verbs.append(second)
                rest.removeFirst()
            }
        }
        return verbs + before + rest
    }

    private static func moveOptions(from rest: inout ArraySlice<String>, to before: inout [String]) {
        while let first = rest.first, first == "--json" || first == "--config" || first.hasPrefix("--config=") {
            before.append(rest.removeFirst())
            if first == "--config", let path = rest.first {
                before.append(path)
                rest.removeFirst()
            }
        }
    }
}
