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

    /// - Parameter meters: Those of the appliance in whose place this one comes.
    package init(_ configuration: Configuration, meters: StoreMeters = StoreMeters()) {
        self.configuration = configuration
        self.meters = meters
        stores = Stores(configuration.stores, meters: meters)
    }

    /// An appliance of one store and no database, as somebody has it who knows where a backup is and nothing else.
    package init(of store: StoreSettings) {
        self.init(
            Configuration(path: "", stateDirectory: "", scratchDirectory: "", stores: [store], databases: []))
    }

    private init(_ configuration: Configuration, keeping other: Appliance) {
        self.configuration = configuration
        stores = other.stores
        meters = other.meters
    }

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
