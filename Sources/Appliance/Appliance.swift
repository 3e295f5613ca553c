import Dump
import Model
import Restore
import Settings
import Storage

/// All that one configuration describes, ready to work.
package struct Appliance: Sendable {
    package let configuration: Configuration
    package let stores: Stores

    package init(_ configuration: Configuration) {
        self.configuration = configuration
        stores = Stores(configuration.stores)
    }

    private init(_ configuration: Configuration, keeping stores: Stores) {
        self.configuration = configuration
        self.stores = stores
    }

    /// The same appliance, its stores as they are, with the databases that a look into the patterns' folders has found.
    func with(_ look: PatternLook) -> Appliance { Appliance(configuration.with(look), keeping: stores) }

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
