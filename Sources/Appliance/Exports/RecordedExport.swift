import Catalog
import Dump
import Model
import Settings

/// An export that somebody asked for, with its records in the catalog.
struct RecordedExport: Sendable {
    let appliance: Appliance
    let catalog: Catalog
    let database: DatabaseSettings
    let export: ExportRecord
    /// The run's record, which was waiting for its turn.
    let queued: RunRecord
    let handle: RunHandle
    /// How long the dump is kept, in seconds.
    let keep: Int64
    /// What is sent to whoever asked.
    let callback: ExportCallback

    private var recording: RunRecording {
        RunRecording(catalog: catalog, stateDirectory: appliance.configuration.stateDirectory, handle: handle)
    }

    func run() async throws {
        let start = RunStart(
            database: database.name, trigger: .export, attempt: queued.attempt, at: .now)
        let (lock, record) = try await recording.begin(start, queued: queued)
        defer { withExtendedLifetime(lock) {} }
        try await catalog.startExport(export.id, run: record.id)
        await recording.note(
            record.id, .info, "exports \(database.shownSource) for \(export.requester) as \(export.id)")
        let run = ExportRun(appliance: appliance, database: database, export: export, progress: handle.progress)
        do {
            let manifest = try await recording.reporting(record) { now in
                _ = try? await catalog.updateExport(
                    export.id, totalRows: handle.progress.totalRows, rows: now.rows, dumpBytes: now.dumpBytes,
                    storedBytes: now.storedBytes)
            } _: {
                try await run.run()
            }
            try await complete(record, manifest)
            await StoreWatch(catalog: catalog, store: database.storeName).noteAnswer()
        } catch {
            try? await fail(record, error)
            await StoreWatch(catalog: catalog, store: database.storeName).note(error)
            throw error
        }
    }

    private func complete(_ run: RunRecord, _ manifest: Manifest) async throws {
        let now = Timestamp.now
        try await recording.keepPhases(of: run)
        await recording.note(
            run.id, .info,
            "\(export.id): \(CountText.format(manifest.rows, "row")), \(SizeText.format(manifest.dumpBytes))")
        await recording.tell(run.id, what: manifest)
        // The export first: a run without its end is found at the next turn, and a dump that is there is not made again.
        _ = try await catalog.finishExport(
            export.id, state: .completed, at: now, expiresAt: Timestamp(seconds: now.seconds + keep),
            rows: manifest.rows, dumpBytes: manifest.dumpBytes, storedBytes: manifest.storedBytes, failure: nil,
            delivery: try callback.completed(export, size: manifest.dumpBytes, at: now))
        try await catalog.finish(
            run.id,
            RunEnd(
                .completed, at: now, rows: manifest.rows, dumpBytes: manifest.dumpBytes,
                storedBytes: manifest.storedBytes))
    }

    /// A daemon that is stopped leaves the export to the next one.
    private func fail(_ run: RunRecord, _ error: any Error) async throws {
        let failure = try await recording.fail(run.id, error, isOwed: true)
        guard failure != nil || handle.isCancelled else { return }
        try await end(failure ?? ExportFailure.cancelled)
    }

    private func end(_ failure: RunFailure) async throws {
        try await catalog.end(export, failure, callback: callback)
    }
}

/// Why exports end that never became a dump.
enum ExportFailure {
    static let cancelled = RunFailure(code: .cancelled, message: "cancelled")
}

extension Catalog {
    /// Ends an export that has no dump.
    func end(_ export: ExportRecord, _ failure: RunFailure, callback: ExportCallback) throws {
        let now = Timestamp.now
        _ = try finishExport(
            export.id, state: failure.code == .cancelled ? .cancelled : .failed, at: now, expiresAt: nil, rows: nil,
            dumpBytes: nil, storedBytes: nil, failure: failure,
            delivery: try callback.failed(export, failure, at: now))
    }
}
