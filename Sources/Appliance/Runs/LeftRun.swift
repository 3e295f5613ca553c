import Catalog
import Dump
import Model
import Restore
import Settings
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
    /// - Parameter isLast: Whether what the store does not let go of now is left to the daily sweep; otherwise the folder stays, and
    ///   who clears it next asks the store once more.
    /// - Throws: Where the store cannot be asked; the disk space of the snapshot is given back all the same.
    func clear(now: Timestamp = .now, isLast: Bool = false) async throws {
        guard let facts = folder.facts, let id = BackupID(facts.backup) else { return folder.remove() }
        let members = facts.stores.compactMap { member(of: $0) }
        guard !members.isEmpty else { return folder.remove() }
        let keys = BackupKeys(database: facts.database, id: id)
        // A beginning that is still to come was written down under a clock that was wrong.
        let isRecent = (0...Self.patience).contains(now.seconds - facts.startedAt.seconds)
        do {
            let isDone = try await settle(keys, facts, members)
            if !isDone, isRecent, !isLast { return }
        } catch {
            RunFiles.removeBytes(in: folder.path)
            if isRecent || error is CancellationError { throw error }
        }
        folder.remove()
    }

    /// nil where it is configured no longer, or at another place: nothing there is touched.
    private func member(of place: RunFolder.Place) -> StoreGroup.Member? {
        let member = try? appliance.stores.member(named: place.name)
        return member?.store.location == place.location ? member : nil
    }

    /// - Returns: Whether all that the journal knows of is taken back.
    /// - Throws: Where none of the stores can be asked. What one of several has that is away, be it a backup or not, the day's
    ///   upkeep finds.
    private func settle(
        _ keys: BackupKeys, _ facts: RunFolder.Facts, _ members: [StoreGroup.Member]
    ) async throws -> Bool {
        var failures: [String: any Error] = [:]
        var empty: [StoreGroup.Member] = []
        for member in members {
            do {
                if try await !keep(keys, member) { empty.append(member) }
            } catch let error as any Failure where error.code == .configuration {
                // Somebody else's by now.
                continue
            } catch {
                try Task.checkCancellation()
                failures[member.name] = error
            }
        }
        var lock: RunLock?
        if !empty.isEmpty, facts.stores.count > 1 {
            // Somebody may be copying just that backup to where it has no manifest yet.
            lock = try CopyRun.lock(keys.database, stateDirectory: appliance.configuration.stateDirectory)
            guard lock != nil else {
                throw NightjarError(
                    .busy,
                    "backups of \(keys.database) are being copied: what an interrupted run left is cleared away later",
                    isTransient: true)
            }
        }
        defer { withExtendedLifetime(lock) {} }
        var isDone = true
        if !empty.isEmpty {
            isDone = await RunFiles.abandon(
                in: folder.path, root: facts.dumpKey,
                store: facts.stores.count == 1 ? empty[0].store : StoreGroup(empty))
        }
        for member in empty {
            do {
                // Whatever became of the journal: without a manifest it is no backup.
                try await DumpLeftovers(of: facts.dumpKey, in: member.store).delete()
            } catch let error as StoreError where error.isRefusal {
                // It takes backups, and lets nobody delete there: the next backup does not wait for what is left.
                continue
            } catch {
                try Task.checkCancellation()
                failures[member.name] = error
            }
        }
        if failures.count == members.count, let failure = failures.values.first { throw failure }
        return isDone
    }

    /// - Returns: false where there is no backup; one that is there is in the catalog then.
    private func keep(_ keys: BackupKeys, _ member: StoreGroup.Member) async throws -> Bool {
        try await appliance.ownership(of: member.store).check()
        guard try await member.store.head(keys.manifest) != nil else { return false }
        let known = try await catalog.backups(of: keys.database)
        if !known.contains(where: { $0.id == keys.id && $0.store == member.name }) {
            try await take(down: keys, member)
        }
        return true
    }

    private func take(down keys: BackupKeys, _ member: StoreGroup.Member) async throws {
        func record(
            _ stored: StoredManifest?, _ proof: BackupProof = .unproved, _ hash: String? = nil
        ) -> BackupRecord {
            BackupRecord(
                id: keys.id, database: keys.database, store: member.name, createdAt: keys.id.time,
                rows: stored?.manifest?.rows ?? 0, dumpBytes: stored?.manifest?.dumpBytes ?? 0,
                storedBytes: stored?.storedBytes ?? 0, proof: proof,
                shortfall: stored?.manifest?.snapshot.shortfall, manifestHash: hash)
        }
        let stored: StoredManifest
        let document: [UInt8]
        do {
            // The run's own key may lie there still.
            let opening = RunKey(in: folder.path).map { DumpOpening.run($0) } ?? appliance.opening
            let backups = StoredBackups(store: member.store, opening: opening)
            document = try await backups.document(keys)
            stored = try backups.storedManifest(document, keys)
        } catch let failure as any Failure where Self.isLasting(failure) {
            // What cannot be read must not keep the next backup from being made; a person has to look at it.
            let isDifferent = failure.code == .difference
            try await catalog.freezeAndTell(
                keys.database, isDifferent ? .difference : .rebuild, "\(keys.id) cannot be read: \(failure.message)")
            try await catalog.record(record(nil, isDifferent ? .different : .unproved))
            guard isDifferent else { return }
            // A manifest that is right again is as good as bytes that are.
            try await catalog.note(
                difference: failure, of: keys, store: member.name, level: .checksum, at: .now, isTold: true)
            return
        }
        try await catalog.record(record(stored, .unproved, ManifestDocument.fingerprint(of: document)))
    }

    /// Whether asking again would give the same answer.
    static func isLasting(_ failure: any Failure) -> Bool {
        !failure.isTransient && ![.cancelled, .unreachable].contains(failure.code)
    }
}
