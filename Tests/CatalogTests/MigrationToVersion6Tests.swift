import Model
import Testing

@testable import Catalog

@Suite("A catalog of version 5") struct MigrationToVersion6Tests {
    @Test("keeps its backups, whose manifests nobody has looked at, and can take down one that is known and sealed")
    func keeping() async throws {
        try await withCatalog(ofVersion: 5) { catalog in
            #expect(try await catalog.backups(of: "shop") == [backup(10)])
            let hash = String(repeating: "0a", count: 32)
            let sealed = BackupRecord(
                id: BackupID(time: later(20)), database: "shop", store: "disk", createdAt: later(20), rows: 0,
                dumpBytes: 0, storedBytes: 3, manifestHash: hash, isSealed: true)
            try await catalog.record(sealed)
            #expect(try await catalog.backups(of: "shop") == [sealed, backup(10)])
            #expect(!sealed.hasFigures)
            try await catalog.setSealed(false, of: sealed.id, database: "shop", store: "disk")
            let opening = try await catalog.backups(of: "shop").first
            #expect(opening?.isSealed == false)
            #expect(opening?.manifestHash == hash)
        }
    }
}
