import Model
import Storage

/// Removes what backups that never came to be have left of one database: data and reports of ids that have no manifest,
/// and uploads that nobody will end.
///
/// For a store that belongs to this appliance: the caller has made sure (`Ownership`). Only names that are exactly of
/// the form of a backup's objects are touched, and of no backup that has its manifest: without it, it is none. Holds one
/// page of names and those of one id.
package struct OrphanSweep: Sendable {
    /// What is younger may still become a backup.
    package static let grace = Duration.seconds(86_400)

    private static let pageSize = 1000
    /// Of no effect: no part is sent.
    private static let partSize: Int64 = 8 << 20

    /// All that was found of one id.
    private struct Remains {
        let keys: BackupKeys
        var objects: [ObjectInfo]

        var hasManifest: Bool { objects.contains { $0.key == keys.manifest } }
    }

    let store: any ObjectStore
    let database: String
    let now: Timestamp
    let keeping: Set<BackupID>

    /// - Parameter keeping: ids of runs that are under way, or suspended and to be gone on with.
    package init(store: any ObjectStore, database: String, now: Timestamp, keeping: Set<BackupID>) {
        self.store = store
        self.database = database
        self.now = now
        self.keeping = keeping
    }

    /// - Returns: One sentence for each upload that was aborted and each object that was removed, for the log.
    /// - Throws: `StoreError`; what was done before it stays done. An object that a lock of the bucket holds is no error.
    package func run() async throws -> [String] {
        guard BackupKeys.isDatabaseName(database) else { return [] }
        return try await abortUploads() + removeObjects()
    }

    // MARK: Uploads

    private func abortUploads() async throws -> [String] {
        var aborted: [String] = []
        for upload in try await store.openUploads(prefix: BackupKeys.folder(of: database)) {
            try Task.checkCancellation()
            guard let id = BackupObjectName.id(of: upload.key, database: database), !keeping.contains(id),
                try await isAbandoned(upload, of: id), try await abort(upload)
            else { continue }
            aborted.append(
                "aborted the upload of \(upload.key)" + (upload.begun.map { ", begun \($0.text)" } ?? "")
                    + ": nobody goes on with it")
        }
        return aborted
    }

    private func isAbandoned(_ upload: OpenUpload, of id: BackupID) async throws -> Bool {
        if let begun = upload.begun, isPast(begun) { return true }
        guard isPast(id.time) else { return false }
        return try await store.head(BackupKeys(database: database, id: id).manifest) == nil
    }

    /// - Returns: false where somebody holds it after all, or where it is gone.
    private func abort(_ upload: OpenUpload) async throws -> Bool {
        do {
            guard let found = try await store.resumeUpload(upload.key, id: upload.id, partSize: Self.partSize) else {
                return false
            }
            return await found.abort()
        } catch let error as StoreError where error.code == .busy {
            return false
        }
    }

    // MARK: Objects

    /// All names of an id stand together in the list: they begin alike.
    private func removeObjects() async throws -> [String] {
        var removed: [String] = []
        var remains: Remains?
        var after: ListPosition?
        repeat {
            let page = try await store.list(
                prefix: BackupKeys.folder(of: database), after: after, limit: Self.pageSize)
            for object in page.objects {
                guard let id = BackupObjectName.id(of: object.key, database: database) else { continue }
                if remains?.keys.id == id {
                    remains?.objects.append(object)
                    continue
                }
                if let complete = remains { removed += try await remove(complete) }
                let isCandidate = isPast(id.time) && !keeping.contains(id)
                remains = isCandidate ? Remains(keys: BackupKeys(database: database, id: id), objects: [object]) : nil
            }
            after = page.next
        } while after != nil
        if let last = remains { removed += try await remove(last) }
        return removed
    }

    private func remove(_ remains: Remains) async throws -> [String] {
        guard !remains.hasManifest else { return [] }
        try Task.checkCancellation()
        // Whoever is at work on it after all shows in the list, or by the manifest.
        guard try await objects(of: remains.keys) == remains.objects.sorted(by: { $0.key < $1.key }),
            try await store.head(remains.keys.manifest) == nil
        else { return [] }
        var removed: [String] = []
        for object in remains.objects {
            guard try await store.deleteUnlessLocked(object.key) else { continue }
            removed.append("removed \(object.key) (\(SizeText.format(object.size))): its backup has no manifest")
        }
        return removed
    }

    private func objects(of keys: BackupKeys) async throws -> [ObjectInfo] {
        let found = try await store.objects(of: keys)
        return found.filter { BackupObjectName.id(of: $0.key, database: database) == keys.id }
            .sorted { $0.key < $1.key }
    }

    private func isPast(_ time: Timestamp) -> Bool {
        Duration.seconds(now.seconds - time.seconds) > Self.grace
    }
}

/// The names that objects of backups have: `<database>/<id>.` and one of the endings below.
private enum BackupObjectName {
    /// The backup that a name of exactly this form belongs to, or nil.
    static func id(of key: String, database: String) -> BackupID? {
        let folder = BackupKeys.folder(of: database)
        // All of ours is printable ASCII: of other text, what is equal need not be the same.
        guard key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), key.hasPrefix(folder) else { return nil }
        let name = key.dropFirst(folder.count)
        guard let id = BackupID(name.prefix(20)), name.dropFirst(20).hasPrefix("."), isEnding(name.dropFirst(21)) else {
            return nil
        }
        return id
    }

    private static func isEnding(_ ending: Substring) -> Bool {
        if ending == "manifest.json" { return true }
        if ending.hasPrefix("verified-") && ending.hasSuffix(".json") {
            let time = String(ending.dropFirst("verified-".count).dropLast(".json".count))
            return Timestamp(time)?.compact == time
        }
        return DumpFormat.allCases.contains { format in
            let folder = format.hasObjectPerTable ? "\(format.fileExtension)/" : ""
            guard ending.hasPrefix(folder) else { return false }
            var name = ending.dropFirst(folder.count)
            if name.hasSuffix(".age") { name = name.dropLast(".age".count) }
            return Compression.oneOfEach.contains { compression in
                let suffix = "\(format.fileExtension)\(compression.suffix)"
                return format.hasObjectPerTable ? !name.contains("/") && name.hasSuffix(".\(suffix)") : name == suffix
            }
        }
    }
}
