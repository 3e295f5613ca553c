import Model
import Testing

@testable import Catalog

@Suite("A catalog of version 6") struct MigrationToVersion7Tests {
    @Test("keeps its backups, and from then on that the bytes of a copy were proved where they are no more")
    func keeping() async throws {
        try await withCatalog(ofVersion: 6) { catalog in
            #expect(try await catalog.backups(of: "shop") == [backup(10)])
            let hash = String(repeating: "0a", count: 32)
            func copy(_ store: String, _ proof: BackupProof, hash: String?) -> BackupRecord {
                BackupRecord(
                    id: BackupID(time: later(20)), database: "shop", store: store, createdAt: later(20), rows: 0,
                    dumpBytes: 0, storedBytes: 3, proof: proof, provedAt: proof == .proved ? later(30) : nil,
                    manifestHash: hash)
            }
            try await catalog.record(copy("a", .proved, hash: hash))
            for store in ["b", "c"] { try await catalog.record(copy(store, .checked, hash: hash)) }
            try await catalog.record(copy("d", .checked, hash: "other"))
            try await catalog.record(copy("e", .checked, hash: nil))
            func proved() async throws -> [String: Timestamp] {
                let copies = try await catalog.backups(withID: BackupID(time: later(20)))
                return Dictionary(
                    uniqueKeysWithValues: copies.compactMap { copy in copy.twinProvedAt.map { (copy.store, $0) } })
            }
            try await catalog.remove(BackupID(time: later(20)), database: "shop", store: "a")
            #expect(try await proved() == ["b": later(30), "c": later(30)])
            // Of a copy that goes itself the others keep what it knew.
            try await catalog.record(copy("f", .checked, hash: hash))
            try await catalog.remove(BackupID(time: later(20)), database: "shop", store: "b")
            #expect(try await proved() == ["c": later(30), "f": later(30)])
            // One that was only checked itself says nothing of others.
            try await catalog.remove(BackupID(time: later(20)), database: "shop", store: "d")
            #expect(try await proved() == ["c": later(30), "f": later(30)])
            // Nor is it forgotten where a store has lost all.
            try await catalog.record(copy("g", .proved, hash: "another"))
            try await catalog.record(copy("h", .checked, hash: "another"))
            try await catalog.replaceBackups(of: "g", with: [])
            #expect(try await proved() == ["c": later(30), "f": later(30), "h": later(30)])
        }
    }
}
