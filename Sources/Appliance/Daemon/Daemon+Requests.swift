import Catalog
import Dump
import Glibc
import Logging
import Model
import Settings

/// What people ask the daemon for.
extension Daemon {
    /// Whether backups go on being made.
    package var isHealthy: Bool { !isStopping && catalogFailure == nil }

    /// Runs of the schedule that wait for their turn.
    var queueLength: Int { queue.entries.count }

    // MARK: Asking

    /// Has a backup made as soon as its turn comes.
    /// - Throws: `RunInProgress` where a run of that database is queued or under way; code `missing` where there is no
    ///   such database.
    package func startBackup(
        of name: String, verify: VerificationLevel?, requester: String
    ) async throws -> RunRecord {
        let database = try appliance.database(name)
        asking += 1
        defer { asking -= 1 }
        let run = try await queueRun(of: database, .api)
        await note(run, "asked for by \(requester)")
        requests.add(RunRequest(run: run, kind: .backup(verify: verify)))
        events.continuation.yield(.turn)
        return run
    }

    /// - Throws: `RunInProgress`; code `busy` where the daemon is about to stop.
    func queueRun(of database: DatabaseSettings, _ trigger: RunTrigger, attempt: Int = 1) async throws -> RunRecord {
        guard !isStopping else {
            throw NightjarError(
                .busy, "the daemon is stopping", hint: "Try again when it has started.", isTransient: true)
        }
        let start = RunStart(database: database.name, trigger: trigger, attempt: attempt, at: clock.now)
        return try await RunRecording.queue(
            start, in: catalog, stateDirectory: appliance.configuration.stateDirectory)
    }

    func note(_ run: RunRecord, _ text: String) async {
        _ = try? await catalog.add(RunLogRecord(at: clock.now, level: .info, text: text, hint: nil), to: run.id)
    }

    /// Ends a run that a person does not want any more; it is not made up for.
    /// - Returns: The run as it was; it ends soon after.
    /// - Throws: code `missing` where there is none; `busy` where it has ended, or is another process's.
    package func cancelRun(_ id: Int64) async throws -> RunRecord {
        asking += 1
        defer { asking -= 1 }
        guard let run = try await catalog.run(id) else {
            throw NightjarError(.missing, "there is no run \(id)")
        }
        guard run.finishedAt == nil else {
            throw NightjarError(.busy, "run \(id) of \(run.database) has ended already: \(run.state.rawValue)")
        }
        if let request = requests.remove(id) {
            let failure = RunFailure(code: .cancelled, message: "cancelled before its turn came")
            do {
                try await catalog.finish(id, RunEnd(.cancelled, at: clock.now, failure: failure))
            } catch {
                requests.add(request)
                throw error
            }
            if case .export(let export) = request.kind {
                try await catalog.end(export, ExportFailure.cancelled, callback: exportCallback)
            }
            return run
        }
        guard let work = running.values.first(where: { $0.handle?.run == id }) else {
            throw NightjarError(
                .busy, "run \(id) of \(run.database) belongs to process \(run.pid), not to the daemon",
                hint: "Stop it there.")
        }
        work.handle?.cancel()
        work.task.cancel()
        return run
    }

    /// Takes a freeze back: a person has looked.
    /// - Throws: code `missing` where the catalog does not know the database.
    package func accept(_ name: String) async throws -> (wasFrozen: Bool, reason: String?) {
        try await catalog.acceptAndTell(name, at: clock.now)
    }

    /// Deletes what retention gives up, or says what it would.
    /// - Parameter name: nil for all databases.
    package func prune(_ name: String?, dryRun: Bool) async throws -> [PruneResult] {
        let appliance = appliance
        let chosen = try name.map { [try appliance.database($0)] } ?? appliance.configuration.databases
        if !dryRun, try await catalog.time(of: .rebuiltAt) == nil {
            throw NightjarError(
                .busy, "nothing is deleted: the catalog does not know yet what the stores hold",
                hint: "It is being brought in; if it stays so: nightjar rebuild")
        }
        let use = appliance.stores.use()
        defer { withExtendedLifetime(use) {} }
        var results: [PruneResult] = []
        for database in chosen {
            for run in RetentionRun.all(appliance, catalog, database) {
                results.append(try await run.result(dryRun: dryRun))
            }
        }
        return results
    }

    // MARK: Runs

    /// Starts a run that was asked for, when its turn has come.
    func start(_ request: RunRequest) {
        let run = request.run
        guard let database = appliance.configuration.database(named: run.database) else {
            Task { await forget(request) }
            return
        }
        let handle = RunHandle()
        handle.begin(run.id)
        let appliance = appliance
        let catalog = catalog
        let upkeep = upkeep
        let callback = exportCallback
        let keep = appliance.configuration.http.exportKeep
        // It holds disk space that the run may need.
        let way = makeWay()
        let task = Task {
            await way?.value
            do {
                switch request.kind {
                case .backup(let verify):
                    let outcome = try await RecordedRun(
                        appliance: appliance, catalog: catalog, database: database, trigger: run.trigger,
                        verifyAfterBackup: verify, queued: run, handle: handle
                    ).run()
                    tell(outcome, database)
                    if outcome.state == .proved || outcome.state == .checked { await upkeep.prune(database) }
                case .export(let export):
                    try await RecordedExport(
                        appliance: appliance, catalog: catalog, database: database, export: export, queued: run,
                        handle: handle, keep: keep, callback: callback
                    ).run()
                    log.notice(
                        "exported", metadata: ["database": "\(database.name)", "export": "\(export.id)"])
                }
            } catch {
                await couldNot(request, error)
            }
            await hasEnded(database.name)
        }
        running[database.name] = Running(task: task, stores: appliance.stores, handle: handle)
    }

    private func couldNot(_ request: RunRequest, _ error: any Error) async {
        // One that could not even begin has no end yet.
        let failure = RunFailure(describing: error)
        if let run = try? await catalog.run(request.run.id), run.finishedAt == nil {
            _ = try? await catalog.finish(run.id, RunEnd(.failed, at: clock.now, failure: failure))
        }
        // A daemon that stops leaves an export to the next one.
        if case .export(let export) = request.kind, !isStopping,
            let now = try? await catalog.export(export.id), now.state == .queued || now.state == .running
        {
            try? await catalog.end(export, failure, callback: exportCallback)
        }
        guard !Task.isCancelled, !(error is CancellationError) else { return }
        if error.isLackOfSpace { makeWay(needsSpace: true) }
        let what = if case .export = request.kind { "not exported" } else { "not backed up" }
        log.error("\(what): \(ErrorText.line(error))", metadata: ["database": "\(request.run.database)"])
    }

    /// Its database is configured no longer.
    private func forget(_ request: RunRequest) async {
        await couldNot(
            request,
            NightjarError(.missing, "\(request.run.database) is configured no longer", hint: "See: nightjar check"))
    }

    /// Ends what this process has taken down as asked for and does not know any more: the catalog could not be written when
    /// it came to its end. It would keep its database from being backed up.
    func endStrays() async throws {
        guard asking == 0 else { return }
        for run in try await catalog.activeRuns() where run.pid == getpid() && run.trigger != .schedule {
            guard asking == 0, running[run.database] == nil, !requests.databases.contains(run.database),
                // Somebody in this process may be at work all the same.
                let lock = try RunLock.acquire(run.database, stateDirectory: appliance.configuration.stateDirectory)
            else { continue }
            _ = try? await catalog.finish(
                run.id, RunEnd(.interrupted, at: clock.now, failure: RunRecording.interruption))
            withExtendedLifetime(lock) {}
        }
    }
}
