import Catalog
import Model
import SQLite
import Settings
import Testing

@testable import Appliance

extension WebSite {
    /// The appliance of the page.
    func appliance() throws -> Appliance {
        Appliance(try Configuration.load(path: "\(folder)/nightjar.yaml", environment: [:]))
    }

    /// Makes the tables of `StoredTables`.
    func makeSource() throws {
        let database = try Database(path: "\(folder)/shop.db", access: .create)
        try database.execute(
            """
            CREATE TABLE Customers(id INTEGER PRIMARY KEY, name TEXT); INSERT INTO Customers VALUES (1, 'x'), (2, NULL);
            CREATE TABLE "order items"(id INTEGER PRIMARY KEY); INSERT INTO "order items" VALUES (7);
            CREATE TABLE empty(a TEXT);
            """)
    }

    /// Makes these tables, and a backup of them.
    func backUp() async throws -> BackupID {
        try makeSource()
        let appliance = try appliance()
        let catalog = try await appliance.openCatalog { _ in }
        let outcome = try await RecordedRun(
            appliance: appliance, catalog: catalog, database: try appliance.database("shop"), trigger: .command,
            handle: RunHandle()
        ).run()
        await catalog.close()
        return try #require(BackupID(outcome.manifest.id))
    }
}
