import Catalog
import Dump
import Model
import Settings

/// Exports that people ask for, and telling them of the end.
extension Daemon {
    /// A run that brings its process down must not do so for ever.
    private static let exportAttempts = 3

    var exportCallback: ExportCallback { ExportCallback(appliance.configuration.http) }

    /// Has a dump made as soon as its turn comes.
    /// - Throws: `RunInProgress` where a run of that database is queued or under way; code `missing` where there is no
    ///   such database, `usage` where several are configured and none is named.
    package func startExport(_ request: ExportRequest) async throws -> ExportRecord {
        let database = try chosen(request.database)
        let state = try StateDirectory(path: appliance.configuration.stateDirectory)
        asking += 1
        defer { asking -= 1 }
        let run = try await queueRun(of: database, .export)
        let export: ExportRecord
        do {
            export = ExportRecord(
                id: try await state.nextBackupID(), database: database.name, store: database.storeName, run: run.id,
                format: request.format, includesSchema: request.includesSchema,
                chunkRows: request.chunkRows ?? database.chunkRows, verify: request.verify,
                requester: request.requester, callbackURL: request.callbackURL, createdAt: clock.now)
            try await catalog.add(export)
        } catch {
            _ = try? await catalog.finish(
                run.id, RunEnd(.failed, at: clock.now, failure: RunFailure(describing: error)))
            throw error
        }
        await note(run, "asked for by \(request.requester)")
        requests.add(RunRequest(run: run, kind: .export(export)))
        events.continuation.yield(.turn)
        return export
    }

    private func chosen(_ name: String?) throws -> DatabaseSettings {
        if let name { return try appliance.database(name) }
        let all = appliance.configuration.databases
        guard all.count < 2 else {
            throw NightjarError(
                .usage, "there are \(all.count) databases: say which one is meant",
                hint: "Name it in `database`.")
        }
        guard let only = all.first else {
            throw NightjarError(
                .missing, "there is no database in the configuration", hint: "Add one under `databases:`.")
        }
        return only
    }

    /// Exports that an earlier process could not bring to their end are made anew.
    func takeUpExports(_ now: Timestamp) async throws {
        for export in try await catalog.activeExports() {
            var attempt = 1
            if let id = export.run, let last = try await catalog.run(id) { attempt = last.attempt + 1 }
            guard attempt <= Self.exportAttempts,
                let database = appliance.configuration.database(named: export.database)
            else {
                let reason =
                    attempt > Self.exportAttempts
                    ? "it was interrupted \(Self.exportAttempts) times" : "\(export.database) is configured no longer"
                try await catalog.end(export, RunFailure(code: .internal, message: reason), callback: exportCallback)
                continue
            }
            do {
                let run = try await queueRun(of: database, .export, attempt: attempt)
                requests.add(RunRequest(run: run, kind: .export(export)))
            } catch let error as RunInProgress {
                try await catalog.end(export, RunFailure(error), callback: exportCallback)
            }
        }
    }

    // MARK: Callbacks

    /// Sends what is due of the outbox, in a task of its own.
    /// - Returns: When the next one is due; nil where there is none, or where the end of the task tells.
    func deliver(_ now: Timestamp) async throws -> Timestamp? {
        guard delivering == nil, let waiting = try await catalog.nextDelivery() else { return nil }
        let next = max(waiting, nextDelivery)
        guard next <= now else { return next }
        let settings = appliance.configuration.http
        let outbox = CallbackOutbox(catalog: catalog, settings: { settings }, log: log)
        let continuation = events.continuation
        let task = Task {
            // After a fault what was due is due still: it is left alone for a while.
            if let next = await outbox.deliverDue(now: now) { nextDelivery = next }
            delivering = nil
            await closeRetiredStores()
            continuation.yield(.turn)
        }
        delivering = Running(task: task, stores: appliance.stores)
        return nil
    }
}
