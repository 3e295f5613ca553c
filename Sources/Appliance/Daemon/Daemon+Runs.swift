import Catalog
import Dump
import Logging
import Model
import Settings
import Storage

/// Runs: whose turn it is, their end, and another attempt.
extension Daemon {
    /// Whose next run has to wait for one that is under way or asked for.
    var busyDatabases: Set<String> { Set(running.keys).union(requests.databases) }

    func startRuns(_ now: Timestamp) {
        while running.count < appliance.configuration.concurrency {
            let names = Set(running.keys)
            let dueAt = queue.nextStart(excluding: busyDatabases)
            let turn = turns.next(
                hasRequest: requests.hasNext(excluding: names), hasDue: dueAt.map { $0 <= now } ?? false)
            switch turn {
            case .request?:
                guard let request = requests.next(excluding: names) else { return }
                start(request)
            case .schedule?:
                guard let entry = queue.next(at: now, excluding: busyDatabases) else { return }
                guard let database = appliance.configuration.database(named: entry.database) else { continue }
                start(entry, database)
            case nil:
                return
            }
        }
    }

    private func start(_ entry: RunQueue.Entry, _ database: DatabaseSettings) {
        let appliance = appliance
        let catalog = catalog
        let upkeep = upkeep
        log.info(
            entry.goesOn ? "going on with a backup" : "backing up",
            metadata: ["database": "\(database.name)", "slot": "\(entry.slot.text)"])
        let handle = RunHandle()
        // It holds disk space that the run may need.
        let way = makeWay(needsSpace: entry.needsSpace)
        let task = Task {
            await way?.value
            let result: Result<BackupRun.Outcome, any Error>
            do {
                let run = RecordedRun(
                    appliance: appliance, catalog: catalog, database: database, trigger: .schedule, slot: entry.slot,
                    missed: entry.missed, attempt: entry.attempt, goesOn: entry.goesOn, handle: handle)
                result = .success(try await run.run())
            } catch {
                result = .failure(error)
            }
            if case .success(let outcome) = result, outcome.state == .proved || outcome.state == .checked {
                await upkeep.prune(database)
            }
            await finished(entry, database, result)
        }
        running[database.name] = Running(
            task: task, stores: appliance.stores, handle: handle, needsSpace: entry.needsSpace)
    }

    private func finished(
        _ entry: RunQueue.Entry, _ database: DatabaseSettings, _ result: Result<BackupRun.Outcome, any Error>
    ) async {
        switch result {
        case .success(let outcome): tell(outcome, database)
        case .failure(let error):
            guard !Task.isCancelled, !(error is CancellationError) else {
                // What a person has stopped is not owed.
                if running[database.name]?.handle?.isCancelled ?? false {
                    let upkeep = upkeep
                    await Task { await upkeep.clearLeftRun(of: database.name) }.value
                }
                break
            }
            if error.isLackOfSpace { makeWay(needsSpace: true) }
            let retry = retry(entry, database, error)
            if let retry { queue.add(retry) } else { await upkeep.clearLeftRun(of: database.name) }
            let next = (retry?.from).map { "; trying again at \($0.text)" } ?? ""
            log.error("not backed up: \(ErrorText.line(error))\(next)", metadata: ["database": "\(database.name)"])
        }
        await hasEnded(database.name)
    }

    func tell(_ outcome: BackupRun.Outcome, _ database: DatabaseSettings) {
        var fields: Logger.Metadata = ["database": "\(database.name)", "backup": "\(outcome.manifest.id)"]
        // How much of the dump did not have to be written again.
        if let position = outcome.resumedAt { fields["resumed_at"] = "\(position)" }
        for (store, error) in outcome.dropped {
            log.warning(
                "\(outcome.manifest.id) is not in the store \(store), to which it is copied later: \(ErrorText.line(error))",
                metadata: ["database": "\(database.name)", "store": "\(store)"])
        }
        if let short = outcome.shortOfStores { fields["stores"] = "\(short)" }
        let decisive = outcome.decisive
        if let failure = decisive.verificationFailure {
            log.warning("backed up, not proved: \(ErrorText.line(failure))", metadata: fields)
        } else if outcome.state == .failed {
            log.error("\(decisive.verification?.summary ?? "")", metadata: fields)
        } else {
            log.notice("\(decisive.verification?.summary ?? "backed up, no proof was asked for")", metadata: fields)
        }
    }

    func hasEnded(_ name: String) async {
        // Only now: what it left had to be cleared away before the next run of the database.
        running[name] = nil
        hasWorked = true
        proofs.lookSoon(at: name)
        await closeRetiredStores()
        events.continuation.yield(.turn)
    }

    /// - Returns: The run that failed once more; nil where that cannot help, or the next slot's takes its place.
    private func retry(
        _ entry: RunQueue.Entry, _ database: DatabaseSettings, _ error: any Error
    ) -> RunQueue.Entry? {
        // Its file may have gone meanwhile.
        guard appliance.configuration.database(named: database.name) != nil else { return nil }
        var again = entry
        again.attempt += 1
        again.needsSpace = error.isLackOfSpace
        let folder = try? appliance.runFolder(of: database.name)
        let left = folder?.facts
        again.goesOn = folder?.goesOn(entry.slot) ?? false
        // One that gets on is not given up for a later one: that would begin where it began.
        let isMovingOn = again.goesOn && left.flatMap { folder?.isMovingOn($0) } ?? false
        // Whom its store refuses waits for a person, and later slots with it.
        let isRefused = (error as? StoreError)?.isRefusal ?? false
        let nextSlot = isMovingOn && !isRefused ? nil : database.schedule?.next(after: entry.slot, in: database.zone)
        guard
            let from = RetryPolicy.retry(after: error, attempt: entry.attempt, now: clock.now, nextSlot: nextSlot)
        else { return nil }
        again.from = from
        return again
    }
}
