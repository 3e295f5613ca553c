import Catalog
import Dump
import Model
import Restore
import Storage

/// A run that nobody goes on with: its process was killed, or it has failed for good. Its lock is the caller's.
struct LeftRun: Sendable {
    /// A store that is away so long is not asked any more: it ends uploads by itself by then, and the daily sweep finds
    /// what else there is.
    private static let patience: Int64 = 7 * 86_400

    let appliance: Appliance
    let catalog: Catalog
    let folder: RunFolder

    /// Takes back what it left, in its store and on this machine. A backup whose manifest is there stays, and the catalog
    /// hears of it.
    /// - Throws: Where the store cannot be asked; the disk space of the snapshot is given back all the same.
    func clear(now: Timestamp = .now) async throws {
        guard let facts = folder.facts, let id = BackupID(facts.backup), let store = store(of: facts) else {
            return folder.remove()
        }
        do {
            try await settle(BackupKeys(database: facts.database, id: id), facts, store)
        } catch {
            RunFiles.removeBytes(in: folder.path)
            guard now.seconds - facts.startedAt.seconds > Self.patience else { throw error }
        }
        folder.remove()
    }

    /// nil where it is configured no longer, or at another place: nothing there is touched.
    private func store(of facts: RunFolder.Facts) -> (any ObjectStore)? {
        let store = try? appliance.stores.store(named: facts.store)
        return store?.location == facts.location ? store : nil
    }

    private func settle(_ keys: BackupKeys, _ facts: RunFolder.Facts, _ store: any ObjectStore) async throws {
        do {
            try await appliance.ownership(of: store).check()
        } catch let failure as any Failure where failure.code == .configuration {
            // Somebody else's by now.
            return
        }
        guard try await store.head(keys.manifest) != nil else {
            await RunFiles.abandon(in: folder.path, root: facts.dumpKey, store: store)
            // Whatever became of the journal: without a manifest it is no backup.
            return try await DumpLeftovers(of: facts.dumpKey, in: store).delete()
        }
        let known = try await catalog.backups(of: keys.database)
        guard !known.contains(where: { $0.id == keys.id && $0.store == facts.store }) else { return }
        try await take(down: keys, facts, store)
    }

    private func take(down keys: BackupKeys, _ facts: RunFolder.Facts, _ store: any ObjectStore) async throws {
        func record(_ manifest: Manifest?, _ proof: BackupProof = .unproved) -> BackupRecord {
            BackupRecord(
                id: keys.id, database: keys.database, store: facts.store, createdAt: keys.id.time,
                rows: manifest?.rows ?? 0, dumpBytes: manifest?.dumpBytes ?? 0,
                storedBytes: manifest?.storedBytes ?? 0, proof: proof, shortfall: manifest?.snapshot.shortfall)
        }
        let manifest: Manifest
        do {
            manifest = try await StoredBackups(store: store).manifest(keys)
        } catch let failure as any Failure where Self.isLasting(failure) {
            // What cannot be read must not keep the next backup from being made; a person has to look at it.
            let isDifferent = failure.code == .difference
            try await catalog.freezeAndTell(
                keys.database, isDifferent ? .difference : .rebuild, "\(keys.id) cannot be read: \(failure.message)")
            try await catalog.record(record(nil, isDifferent ? .different : .unproved))
            guard isDifferent else { return }
            // A manifest that is right again is as good as bytes that are.
            try await catalog.note(
                difference: failure, of: keys, store: facts.store, level: .checksum, at: .now, isTold: true)
            return
        }
        try await catalog.record(record(manifest))
    }

    /// Whether asking again would give the same answer.
    static func isLasting(_ failure: any Failure) -> Bool {
        !failure.isTransient && ![.cancelled, .unreachable].contains(failure.code)
    }
}
