import FoundationEssentials
import Model
import Storage

/// What backups a store holds, read from the store alone. Names that a store gives are not trusted.
package struct StoredBackups: Sendable {
    /// A backup and what stands beside its manifest.
    package struct Entry: Sendable {
        package let keys: BackupKeys
        /// Bytes of all its objects.
        package var size: Int64
        /// Keys of its verification reports, oldest first.
        package var reports: [String]
    }

    /// A manifest is small; more than this is none.
    private static let manifestLimit = 256 << 20
    private static let reportLimit = 64 << 20
    private static let pageSize = 1000

    package let store: any ObjectStore
    /// What opens those that are encrypted; nil where nothing does.
    private let opening: DumpOpening?

    package init(store: any ObjectStore, opening: DumpOpening? = nil) {
        self.store = store
        self.opening = opening
    }

    /// All backups below the prefix, or those of one database, oldest first. A backup is what has a manifest.
    package func entries(database: String?) async throws -> [Entry] {
        if let database, !BackupKeys.isDatabaseName(database) { return [] }
        var found: [BackupKeys: Entry] = [:]
        var complete: Set<BackupKeys> = []
        var after: ListPosition?
        repeat {
            let page = try await store.list(
                prefix: database.map { BackupKeys.folder(of: $0) } ?? "", after: after, limit: Self.pageSize)
            for object in page.objects {
                guard let keys = Self.keys(of: object.key) else { continue }
                var entry = found[keys] ?? Entry(keys: keys, size: 0, reports: [])
                let (sum, isTooLarge) = entry.size.addingReportingOverflow(max(object.size, 0))
                entry.size = isTooLarge ? .max : sum
                if object.key == keys.manifest { complete.insert(keys) }
                if Self.isReport(object.key, of: keys) { entry.reports.append(object.key) }
                found[keys] = entry
            }
            after = page.next
        } while after != nil
        return found.values.filter { complete.contains($0.keys) }
            .map { entry in
                var entry = entry
                entry.reports.sort()
                return entry
            }
            .sorted { ($0.keys.id, $0.keys.database) < ($1.keys.id, $1.keys.database) }
    }

    /// A manifest that can be opened here.
    /// - Throws: As `storedManifest`; code `encrypted` where it cannot be opened.
    package func manifest(_ keys: BackupKeys) async throws -> Manifest {
        switch try await storedManifest(keys) {
        case .open(let manifest): return manifest
        case .sealed:
            throw opening == nil ? DumpIdentities.missing(keys.manifest) : DumpIdentities.noMatch(keys.manifest)
        }
    }

    /// A manifest, opened where it can be.
    /// - Throws: `StoreError` code `missing` where there is none; `NightjarError` code `difference` where it was changed,
    ///   `configuration` where a newer Nightjar wrote it.
    package func storedManifest(_ keys: BackupKeys) async throws -> StoredManifest {
        try storedManifest(try await document(keys), keys)
    }

    /// The bytes of a manifest as they lie in the store.
    /// - Throws: `StoreError` code `missing` where there is none.
    package func document(_ keys: BackupKeys) async throws -> [UInt8] {
        try await store.get(keys.manifest, range: nil).collect(limit: Self.manifestLimit)
    }

    /// What `document` gave.
    package func storedManifest(_ document: [UInt8], _ keys: BackupKeys) throws -> StoredManifest {
        let manifest = try opened(ManifestDocument.decodeStored(document, name: keys.manifest), keys)
        guard manifest.id == keys.id.description, manifest.database == keys.database,
            manifest.objects.allSatisfy({ keys.owns($0.key) })
        else {
            throw NightjarError(
                .difference, "\(keys.manifest) is the manifest of \(manifest.database)/\(manifest.id)",
                hint: "Objects of this store were moved or exchanged. Do not trust this backup.")
        }
        return manifest
    }

    private func opened(_ manifest: StoredManifest, _ keys: BackupKeys) throws(NightjarError) -> StoredManifest {
        guard case .sealed(let sealed) = manifest, let opening else { return manifest }
        do throws(NightjarError) {
            return .open(try opening.open(sealed, name: keys.manifest))
        } catch  where error.code == .encrypted {
            return manifest
        }
    }

    /// - Throws: `StoreError` where it cannot be read; `NightjarError` code `difference` where it is no report of that
    ///   backup.
    package func report(_ key: String, of keys: BackupKeys) async throws -> VerificationReport {
        let bytes = try await store.get(key, range: nil).collect(limit: Self.reportLimit)
        let report = try opened(try Self.decoded(bytes, key), key)
        guard report.id == keys.id.description, report.database == keys.database else {
            throw NightjarError(.difference, "\(key) is the report of another backup")
        }
        return report
    }

    private static func decoded(_ bytes: [UInt8], _ key: String) throws(NightjarError) -> VerificationReport {
        do {
            return try JSONText.decoder.decode(VerificationReport.self, from: JSONText.data(bytes))
        } catch {
            throw NightjarError(.difference, "\(key) is not a verification report", cause: error)
        }
    }

    /// The whole report, where it can be opened.
    private func opened(_ report: VerificationReport, _ key: String) throws(NightjarError) -> VerificationReport {
        guard let sealed = report.sealed, let opening else { return report }
        do throws(NightjarError) {
            let whole = try Self.decoded(opening.open(Array(sealed), of: key), key)
            guard report.isOutline(of: whole) else {
                throw NightjarError(
                    .difference,
                    "the verification report \(key) tells outside otherwise than inside: it was changed after it had been "
                        + "written", hint: DumpOpening.distrust)
            }
            return whole
        } catch  where error.code == .encrypted {
            return report
        }
    }

    /// The backup that an object belongs to: `<database>/<id>.…`, or nil.
    private static func keys(of key: String) -> BackupKeys? {
        guard let keys = BackupKeys.containing(key), BackupKeys.isDatabaseName(keys.database),
            key.utf8.starts(with: "\(keys.database)/\(keys.id).".utf8)
        else { return nil }
        return keys
    }

    private static func isReport(_ key: String, of keys: BackupKeys) -> Bool {
        guard key.hasPrefix(keys.verificationPrefix), key.hasSuffix(".json") else { return false }
        let time = String(key.dropFirst(keys.verificationPrefix.count).dropLast(".json".count))
        return Timestamp(time)?.compact == time
    }
}
