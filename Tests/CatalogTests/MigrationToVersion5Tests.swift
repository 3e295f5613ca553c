import Model
import Testing

@testable import Catalog

@Suite("A catalog of version 4") struct MigrationToVersion5Tests {
    @Test("keeps its backups, which are all of one moment, and can take down one that is not")
    func keeping() async throws {
        try await withCatalog(ofVersion: 4) { catalog in
            #expect(try await catalog.backups(of: "shop") == [backup(10)])
            let torn = BackupRecord(
                id: BackupID(time: later(20)), database: "shop", store: "disk", createdAt: later(20), rows: 1,
                dumpBytes: 2, storedBytes: 3, shortfall: "changed while read: orders")
            try await catalog.record(torn)
            #expect(try await catalog.backups(of: "shop") == [torn, backup(10)])
        }
    }
}
