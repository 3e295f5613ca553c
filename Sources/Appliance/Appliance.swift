import Age
import Dump
import Model
import Restore
import Settings
import Storage

/// All that one configuration describes, ready to work.
package struct Appliance: Sendable {
    package let configuration: Configuration
    package let stores: Stores
    /// What the stores were asked for.
    package let meters: StoreMeters
    /// Beside those of the configuration.
    private let givenIdentities: [AgeIdentity]

    /// - Parameters:
    ///   - meters: Those of the appliance in whose place this one comes.
    ///   - identities: Those that open encrypted backups, beside those of the configuration.
    package init(
        _ configuration: Configuration, meters: StoreMeters = StoreMeters(), identities: [AgeIdentity] = []
    ) {
        self.configuration = configuration
        self.meters = meters
        givenIdentities = identities
        stores = Stores(configuration.stores, meters: meters)
    }

    /// An appliance of one store and no database, as somebody has it who knows where a backup is and nothing else.
    package init(of store: StoreSettings, identities: [AgeIdentity] = []) {
        self.init(
            Configuration(path: "", stateDirectory: "", scratchDirectory: "", stores: [store], databases: []),
            identities: identities)
    }

    private init(_ configuration: Configuration, keeping other: Appliance) {
        self.configuration = configuration
        stores = other.stores
        meters = other.meters
        givenIdentities = other.givenIdentities
    }

    /// What opens encrypted backups here; nil where nothing does.
    package var opening: DumpOpening? {
        let identities = givenIdentities + configuration.identities
        return identities.isEmpty ? nil : .identities(identities)
    }

    /// What opens what a run of a database writes, whose key may lie in `folder` still. With an identity of the database's own
    /// the proof is that of anybody who has one.
    func opening(of database: DatabaseSettings, in folder: String) -> DumpOpening? {
        let hasOwn = database.encryption.map { !$0.identities.isEmpty } ?? false
        if !hasOwn, let key = RunKey(in: folder) { return .run(key) }
        return opening
    }

    /// The backups of a store, opened where they are encrypted and that can be done.
    package func backups(in store: any ObjectStore) -> StoredBackups { StoredBackups(store: store, opening: opening) }

    /// The same appliance, its stores as they are, with the databases that a look into the patterns' folders has found.
    func with(_ look: PatternLook) -> Appliance { Appliance(configuration.with(look), keeping: self) }

    /// - Throws: code `missing`, naming those that exist.
    package func database(_ name: String) throws -> DatabaseSettings {
        if let database = configuration.database(named: name) { return database }
        let names = configuration.databases.map(\.name).joined(separator: ", ")
        throw NightjarError(
            .missing, "there is no database \(name) in \(configuration.path)",
            hint: names.isEmpty ? "It has none: add one under `databases:`." : "It has: \(names)")
    }

    /// Runs `body` with a folder of its own in the scratch directory.
    func withWorkDirectory<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        let directory = try WorkDirectory(in: configuration.scratchDirectory)
        let result = try await body(directory.path)
        withExtendedLifetime(directory) {}
        return result
    }
}
