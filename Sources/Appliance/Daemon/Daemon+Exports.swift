import Catalog
import Dump
import Logging
import Model
import Settings

/// Exports that people ask for, and telling them of the end.
extension Daemon {
    /// A run that brings its process down must not do so for ever.
    private static let exportAttempts = 3
    /// Seconds after which an export asks again whether another process still works on its database.
    private static let exportPause: Int64 = 60

    var exportCallback: ExportCallback { ExportCallback(appliance.configuration.http) }

    /// Has a dump made as soon as its turn comes.
    /// - Throws: `RunInProgress` where a run of that database is queued or under way; code `missing` where there is no
    ///   such database, `usage` where several are configured and none is named.
    package func startExport(_ request: ExportRequest) async throws -> ExportRecord {
        let database = try chosen(request.database)
        if let encryption = database.encryption, encryption.identities.isEmpty {
            throw NightjarError(
                .encrypted,
                "an export of \(database.name) could not be downloaded: it would be encrypted, and there is no identity here",
                hint: "Give `encryption` of that database its `identity`, or: nightjar export \(database.name) --to DIR"
            )
        }
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

    /// Ends an export that a person does not want any more, also one that waits for a run of its own.
    /// - Throws: code `busy` where it comes to its end by itself, or is another process's.
    func cancelExport(_ id: BackupID) async throws {
        asking += 1
        defer { asking -= 1 }
        guard let export = try await catalog.export(id), export.state.isActive else {
            throw NightjarError(.busy, "the export \(id) has ended already")
        }
        if let last = export.run {
            if let run = try await catalog.run(last), run.finishedAt == nil {
                _ = try await cancelRun(last)
                return
            }
            guard !running.values.contains(where: { $0.handle?.run == last }) else {
                throw NightjarError(.busy, "the export \(id) comes to its end", isTransient: true)
            }
        }
        try await catalog.end(export, ExportFailure.cancelled, callback: exportCallback)
    }

    // MARK: Exports of earlier processes

    /// Exports that an earlier process could not bring to their end are made anew, each as soon as nobody else is at work on
    /// its database.
    /// - Returns: When to look again; nil where no export waits, or where the end of a run tells.
    @discardableResult
    func takeUpExports(_ now: Timestamp) async throws -> Timestamp? {
        let later = Timestamp(seconds: now.seconds + Self.exportPause)
        // What somebody asks for at this moment is in the catalog before it is in the queue.
        guard asking == 0 else { return later }
        var next: Timestamp?
        for export in try await catalog.activeExports() where !isAtHand(export.database) {
            if try await !takeUp(export) { next = later }
        }
        return next
    }

    /// - Returns: false where it has to wait.
    private func takeUp(_ export: ExportRecord) async throws -> Bool {
        guard let database = appliance.configuration.database(named: export.database) else {
            let message = "the database \(export.database) is configured no longer"
            try await giveUp(export, RunFailure(code: .missing, message: message))
            return true
        }
        var attempt = 1
        if let id = export.run, let last = try await catalog.run(id) {
            attempt = last.attempt
            if try await wasAtWork(export, last) { attempt += 1 }
        }
        guard attempt <= Self.exportAttempts else {
            let message = "it was interrupted \(Self.exportAttempts) times"
            try await giveUp(export, RunFailure(code: .internal, message: message))
            return true
        }
        let run: RunRecord
        do {
            run = try await queueRun(of: database, .export, attempt: attempt)
        } catch let error as RunInProgress {
            // It does not look as though it were at work, and the log does not say it each time.
            if export.state == .running {
                guard try await requeue(export, run: nil) else { return false }
                log.notice(
                    "the export \(export.id) waits: \(error.message)", metadata: ["database": "\(database.name)"])
            }
            return false
        }
        guard try await requeue(export, run: run.id) else {
            // Where this fails too, the run is found as a stray at the next turn.
            _ = try? await catalog.finish(
                run.id, RunEnd(.cancelled, at: clock.now, failure: ExportFailure.cancelled))
            return false
        }
        requests.add(RunRequest(run: run, kind: .export(export)))
        await note(run, "makes anew what was interrupted")
        return true
    }

    /// Whether an export's last run was interrupted at its work: one that had only waited has brought nothing down.
    private func wasAtWork(_ export: ExportRecord, _ last: RunRecord) async throws -> Bool {
        if export.state == .running { return true }
        guard last.state == .interrupted else { return false }
        // One that waits for its turn has no phases.
        let phases = try await catalog.phases(of: last.id)
        return !phases.isEmpty
    }

    /// A run that ended before it told of a phase is given its first one: so it is known to have begun, also when its
    /// export waits.
    private func keepBegin(of export: ExportRecord) async throws {
        guard let id = export.run, let run = try await catalog.run(id) else { return }
        let phases = try await catalog.phases(of: id)
        guard phases.isEmpty else { return }
        try await catalog.setPhases(
            [RunPhaseRecord(phase: run.phase, attempt: run.attempt, at: run.startedAt)], of: id)
    }

    /// - Returns: false where somebody has cancelled the export meanwhile, or the catalog could not be written.
    private func requeue(_ export: ExportRecord, run: Int64?) async throws -> Bool {
        do {
            if run == nil { try await keepBegin(of: export) }
            try await catalog.queueExport(export.id, run: run)
            return true
        } catch {
            if Catalog.isDamage(error) { throw error }
            if let now = try? await catalog.export(export.id), !now.state.isActive { return false }
            log.error(
                "the export \(export.id) is tried again later: \(ErrorText.line(error))",
                metadata: ["database": "\(export.database)"])
            return false
        }
    }

    /// Whether a run of that database waits or works in this process: it says itself what becomes of it.
    private func isAtHand(_ database: String) -> Bool {
        running[database] != nil || requests.databases.contains(database)
    }

    private func giveUp(_ export: ExportRecord, _ failure: RunFailure) async throws {
        // Its run may have told meanwhile.
        guard try await catalog.export(export.id)?.state.isActive == true else { return }
        try await catalog.end(export, failure, callback: exportCallback)
        log.warning(
            "the export \(export.id) is given up: \(failure.message)", metadata: ["database": "\(export.database)"])
    }
}
