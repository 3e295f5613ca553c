import Catalog
import Model
import Restore
import Settings
import Storage

/// A dump on its way to whoever asked for it.
package struct Download: Sendable {
    package let id: String
    /// `zstd`, `gzip` or `none`: how the stored bytes are compressed.
    package let compression: String
    package let file: DumpFile
    /// Tells this file from every other one; without quotes.
    package let etag: String
    /// Keeps the store open.
    private let use: StoresUse

    init(_ manifest: Manifest, _ file: DumpFile, use: StoresUse) {
        id = manifest.id
        compression = manifest.options.compression
        etag = "\(manifest.database)-\(manifest.id)" + (file.part.isEmpty ? "" : "/\(file.part)")
        self.file = file
        self.use = use
    }
}

extension Console {
    // MARK: Exports

    /// Has a dump made as soon as its turn comes.
    /// - Throws: `RunInProgress`; code `missing` where there is no such database, `usage` where several are configured
    ///   and none is named.
    package func startExport(_ request: ExportRequest) async throws -> ExportStatus {
        try await catalog.status(of: daemon.startExport(request), now: now())
    }

    /// - Throws: code `missing` where there never was one.
    package func export(_ id: BackupID) async throws -> ExportStatus {
        guard let export = try await catalog.export(id) else {
            throw NightjarError(.missing, "there is no export \(id)")
        }
        return try await catalog.status(of: export, now: now())
    }

    /// Waits until the export has ended, or for so many seconds.
    package func waitForExport(_ id: BackupID, until seconds: Int) async throws -> ExportStatus {
        let deadline = ContinuousClock.now + .seconds(seconds)
        var pause = Duration.milliseconds(20)
        while true {
            let status = try await export(id)
            if !status.isActive || .now >= deadline { return status }
            try await Task.sleep(for: min(pause, deadline - .now))
            // A small database is through at once; a large one is not asked for all the time.
            pause = min(pause * 1.5, .milliseconds(500))
        }
    }

    /// - Throws: code `missing` where there never was one, `busy` where it has ended.
    package func cancelExport(_ id: BackupID) async throws -> ExportStatus {
        let status = try await export(id)
        guard status.isActive else {
            throw NightjarError(.busy, "the export \(id) has ended already: \(status.state.rawValue)")
        }
        try await daemon.cancelExport(id)
        cache.expire()
        return try await export(id)
    }

    // MARK: Downloads

    /// The dump of a backup, or of an export that is done.
    /// - Parameter table: The only one that is wanted.
    /// - Throws: code `missing` where there is none, or no longer, or no such table; `busy` while it is being made; `usage`
    ///   where its format has no single tables.
    package func download(_ id: BackupID, table: String? = nil) async throws -> Download {
        let appliance = await daemon.appliance
        if let export = try await catalog.export(id) {
            switch export.state {
            case .queued, .running:
                throw NightjarError(
                    .busy, "the export \(id) is not done yet", hint: "Ask for its status.", isTransient: true)
            case .failed, .cancelled:
                throw NightjarError(.missing, "the export \(id) has no dump: \(export.failure?.message ?? "it failed")")
            case .expired: throw NightjarError(.missing, "the export \(id) has expired and is deleted")
            case .completed: break
            }
            return try await download(BackupKeys(exportOf: export.database, id: id), table, export.store, appliance)
        }
        guard let backup = appliance.preferred(try await catalog.backups(withID: id)) else {
            throw NightjarError(.missing, "there is no dump \(id)")
        }
        return try await download(BackupKeys(database: backup.database, id: id), table, backup.store, appliance)
    }

    private func download(
        _ keys: BackupKeys, _ table: String?, _ storeName: String, _ appliance: Appliance
    ) async throws -> Download {
        guard appliance.stores.names.contains(storeName) else {
            throw NightjarError(
                .missing, "the store of \(keys.id) is configured no longer",
                hint: "Bring \(storeName) back into the configuration, then: systemctl reload nightjar")
        }
        let use = appliance.stores.use()
        let store = try appliance.stores.store(named: storeName)
        let manifest = try await appliance.backups(in: store).manifest(keys)
        let file = try DumpFile(of: manifest, table: table, in: store, opening: appliance.opening, cache: frames)
        try await file.open()
        return Download(manifest, file, use: use)
    }
}

extension Catalog {
    /// Where an export stands.
    func status(of export: ExportRecord, now: Timestamp) throws -> ExportStatus {
        var beganAt: Timestamp?
        if export.state == .running, let id = export.run { beganAt = try run(id)?.startedAt }
        return ExportStatus(export, beganAt: beganAt, now: now)
    }
}

extension ExportStatus {
    /// - Parameter beganAt: When the work began; nil while it waits, and where nobody knows.
    package init(_ export: ExportRecord, beganAt: Timestamp?, now: Timestamp) {
        id = export.id.description
        database = export.database
        run = export.run
        state = export.state
        format = export.format
        startedAt = export.createdAt
        finishedAt = export.finishedAt
        expiresAt = export.expiresAt
        // One that was through at once has never told.
        totalRows = export.totalRows ?? (export.state == .completed ? export.rows : nil)
        rows = export.rows
        size = export.dumpBytes
        failure = export.failure
        estimatedEnd = beganAt.flatMap { Self.estimate(export, since: $0, now) }
    }

    package var isActive: Bool { state == .queued || state == .running }

    /// From the pace so far. The time in which it waited for its turn says nothing of it.
    private static func estimate(_ export: ExportRecord, since begin: Timestamp, _ now: Timestamp) -> Timestamp? {
        guard export.state == .running, let total = export.totalRows, export.rows > 0, total >= export.rows else {
            return nil
        }
        let elapsed = max(1, now.seconds - begin.seconds)
        let (product, isTooLarge) = elapsed.multipliedReportingOverflow(by: total - export.rows)
        return isTooLarge ? nil : Timestamp(seconds: now.seconds + product / export.rows)
    }
}
