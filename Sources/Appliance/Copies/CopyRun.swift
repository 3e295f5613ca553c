import Dump
import Model
import Restore
import Storage

/// Brings a backup from one store to another as it is: its objects byte for byte, each compared with what the manifest says of
/// it, then the manifest. Of a backup that is there already, what is missing of it.
///
/// Needs no identity for one that is encrypted, and asks the source of the database for nothing.
struct CopyRun: Sendable {
    /// The cause of an error that tells of a difference in the store that is copied from.
    struct DamagedSource: Error {}

    /// More than a part of any upload has.
    private static let partLimit = 5 << 30

    let appliance: Appliance
    let keys: BackupKeys
    let source: StoreGroup.Member
    let target: StoreGroup.Member
    /// Of the source's manifest, as whoever keeps a catalog remembers it.
    let knownHash: String?
    let progress: RunProgress

    /// Keeps the daily sweep from what is copied, which has no manifest until all of it is there; one copy of a database at a
    /// time.
    /// - Returns: nil where somebody copies backups of that database.
    static func lock(_ database: String, stateDirectory: String) throws -> RunLock? {
        try RunLock.acquire("@copy-\(database)", stateDirectory: stateDirectory)
    }

    /// The caller holds the lock.
    /// - Returns: The backup as it lies in the target now, what its manifest there should be, and whether that was not there.
    /// - Throws: `NightjarError` code `difference` where the source does not give what its manifest says, `exists` where the
    ///   target has another backup of that id, or another object in the place of one of its objects; `StoreError`.
    func run() async throws -> (manifest: StoredManifest, document: [UInt8], isNew: Bool) {
        try await appliance.ownership(of: target.store).claim(now: .now)
        let (document, manifest) = try await read(source)
        if let there = try await written() {
            guard there.objects.map(\.untagged) == manifest.objects.map(\.untagged) else {
                throw isTaken(keys.manifest)
            }
            for object in there.objects where try await target.store.head(object.key) == nil { try await copy(object) }
            return (there, document, false)
        }
        for object in manifest.objects {
            try Task.checkCancellation()
            if try await isThere(object) { continue }
            try await copy(object)
        }
        // Somebody may have cleared away meanwhile what had no manifest yet.
        for object in manifest.objects where try await target.store.head(object.key)?.size != object.size {
            throw NightjarError(
                .io, "\(object.key) is gone from the store \(target.name) while its backup was copied",
                hint: "It is copied again.", isTransient: true)
        }
        // Nobody would know whether the backup exists.
        let part = Part(bytes: document)
        let store = target.store
        let key = keys.manifest
        do {
            _ = try await Task { try await store.create(key, part) }.value
        } catch let error as StoreError where error.code == .exists {
            guard let there = try await written(), there.objects == manifest.objects else { throw isTaken(key) }
        }
        return (manifest, document, true)
    }

    /// What the target is to get as its manifest: what one store calls its parts means nothing to another.
    private func read(_ member: StoreGroup.Member) async throws -> ([UInt8], StoredManifest) {
        let backups = appliance.backups(in: member.store)
        let document = try await backups.document(keys)
        if let knownHash, knownHash != ManifestDocument.fingerprint(of: document) {
            throw NightjarError(
                .difference, "\(keys.manifest) in the store \(member.name) is another manifest than was written",
                hint: "Somebody has exchanged it, and perhaps the backup with it: it is not copied.",
                cause: DamagedSource())
        }
        let manifest = try backups.storedManifest(document, keys)
        // One that is encrypted has no such words, and could not be written anew by everybody.
        guard case .open(var open) = try ManifestDocument.decodeStored(document, name: keys.manifest),
            open.objects.contains(where: { $0 != $0.untagged })
        else { return (document, manifest) }
        open.objects = open.objects.map(\.untagged)
        return (try ManifestDocument.encode(open), .open(open))
    }

    /// - Returns: nil where the target has no such backup.
    private func written() async throws -> StoredManifest? {
        guard try await target.store.head(keys.manifest) != nil else { return nil }
        do {
            return try await appliance.backups(in: target.store).storedManifest(keys)
        } catch let failure as NightjarError where failure.code == .difference {
            throw NightjarError(
                .exists, "the store \(target.name) has that backup with a manifest that is damaged: \(failure.message)",
                hint:
                    "It is left for you to look at. Where it is of no use, delete \(keys.manifest) there, and copy again.",
                cause: failure)
        }
    }

    /// Whether an object lies there that a run or another copy has left; what only begins like it is removed.
    private func isThere(_ object: Manifest.StoredObject) async throws -> Bool {
        guard let info = try await target.store.head(object.key) else { return false }
        if info.size == object.size, try await isEqual(object) { return true }
        // Without a manifest it belongs to no backup, and the prefix is this appliance's.
        guard try await target.store.deleteUnlessLocked(object.key) else {
            throw NightjarError(
                .exists,
                "\(object.key) in the store \(target.name) is only the beginning of that object, and locked there",
                hint: "It is copied when the lock of the bucket has ended.")
        }
        return false
    }

    private func isEqual(_ object: Manifest.StoredObject) async throws -> Bool {
        var offset: Int64 = 0
        for part in object.parts {
            let bytes = try await target.store.get(object.key, range: offset..<offset + part.size)
                .collect(limit: Self.partLimit)
            guard Part(bytes: bytes).sha256Hex == part.sha256 else { return false }
            offset += part.size
        }
        return offset == object.size
    }

    private func copy(_ object: Manifest.StoredObject) async throws {
        guard object.parts.count > 1 else {
            _ = try await target.store.create(object.key, try await part(object, 0, at: 0))
            return
        }
        let upload = try await target.store.beginUpload(object.key, partSize: object.parts[0].size)
        do {
            var uploaded: [UploadedPart] = []
            var offset: Int64 = 0
            for index in object.parts.indices {
                try Task.checkCancellation()
                uploaded.append(try await upload.upload(try await part(object, index, at: offset)))
                offset += object.parts[index].size
            }
            _ = try await upload.complete(uploaded)
        } catch {
            await Cleanup.run { await upload.abort() }
            throw error
        }
    }

    /// A part as the source gives it.
    private func part(_ object: Manifest.StoredObject, _ index: Int, at offset: Int64) async throws -> Part {
        guard index < object.parts.count else { return Part(bytes: []) }
        let expected = object.parts[index]
        let bytes: [UInt8]
        do {
            bytes = try await source.store.get(object.key, range: offset..<offset + expected.size)
                .collect(limit: Self.partLimit)
        } catch let error as StoreError where error.code == .missing {
            // Retention may be deleting it, or the folder's disk be gone: that says nothing of the bytes.
            guard try await appliance.ownership(of: source.store).isOurs(),
                try await source.store.head(keys.manifest) != nil
            else { throw error }
            throw NightjarError(
                .difference, "\(object.key) is gone from the store \(source.name)",
                hint: "Somebody else deletes there. See all of it with: nightjar verify \(keys.database)/\(keys.id)",
                cause: DamagedSource())
        }
        let part = Part(number: index + 1, bytes: bytes)
        guard part.sha256Hex == expected.sha256 else {
            throw NightjarError(
                .difference,
                "part \(expected.number) of \(object.key) in the store \(source.name) is not what its manifest says",
                hint: "See all of it with: nightjar verify \(keys.database)/\(keys.id)", cause: DamagedSource())
        }
        progress.add(stored: part.size)
        return part
    }

    private func isTaken(_ key: String) -> NightjarError {
        NightjarError(
            .exists, "the store \(target.name) has another \(key) than the store \(source.name)",
            hint: "Nothing was overwritten. Compare the two with: nightjar verify \(keys.database)/\(keys.id)")
    }
}
