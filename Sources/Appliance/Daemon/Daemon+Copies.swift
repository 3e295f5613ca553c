import Catalog
import Dump
import Logging
import Model
import Settings
import Storage

/// What one store lacks is copied to it from another, beside the runs.
extension Daemon {
    /// Seconds for which a store is left alone that could not be used.
    private static let storeRest: Int64 = 900
    /// The same of a backup that could not be copied, and of one that was: what is owed again at once would be so for ever.
    private static let copyRest: Int64 = 86_400
    /// The same where somebody else copied.
    private static let busyRest: Int64 = 60

    /// Starts the copy that is owed first, where none is under way.
    /// - Returns: When to look again; nil where nothing is owed, or an end of something tells.
    func copyMissing(_ now: Timestamp) async throws -> Timestamp? {
        guard copying == nil, !isStopping else { return nil }
        var next: Timestamp?
        for database in appliance.configuration.databases where database.storeNames.count > 1 {
            // What a run is about to write is not missing.
            guard running[database.name] == nil else { continue }
            for debt in try await CopySurvey(appliance: appliance, catalog: catalog, database: database).debts(at: now)
            {
                let sources = debt.sources.map { copyRests[$0] ?? now }.min() ?? now
                let rest = max(copyRests[debt.target] ?? now, sources, copyRests[debt.name] ?? now)
                guard rest <= now else {
                    next = min(next ?? rest, rest)
                    continue
                }
                guard copying == nil, !isStopping, running[database.name] == nil else { return nil }
                start(debt, now)
                return nil
            }
        }
        return next
    }

    private func start(_ debt: CopySurvey.Debt, _ now: Timestamp) {
        let sources = debt.sources.filter { (copyRests[$0] ?? now) <= now }
        let copy = RecordedCopy(
            appliance: appliance, catalog: catalog, keys: debt.keys, from: sources, to: debt.target,
            progress: RunProgress())
        var fields: Logger.Metadata = [
            "database": "\(debt.keys.database)", "backup": "\(debt.keys.id)", "to": "\(debt.target)",
        ]
        copyRests = copyRests.filter { $0.value > now }
        copyRests[debt.name] = Timestamp(seconds: now.seconds + Self.copyRest)
        // It is proved by whoever copies it.
        let key = ProofRoutine.Key(backup: debt.keys.id, database: debt.keys.database, store: debt.target)
        proofs.rest(key, until: Timestamp(seconds: now.seconds + Self.copyRest))
        let task = Task {
            do {
                let outcome = try await copy.run()
                fields["from"] = "\(outcome.source)"
                tell(outcome, fields)
            } catch {
                rest(debt, after: error)
                if !Task.isCancelled { log.warning("not copied yet: \(ErrorText.line(error))", metadata: fields) }
            }
            copying = nil
            proofs.rest(key, until: clock.now)
            proofs.lookSoon(at: debt.keys.database)
            hasWorked = true
            await closeRetiredStores()
            events.continuation.yield(.turn)
        }
        copying = Running(task: task, stores: appliance.stores)
    }

    private func tell(_ outcome: RecordedCopy.Outcome, _ fields: Logger.Metadata) {
        let what = outcome.copied > 0 ? "copied what the store lacked" : "the store had all of it already"
        if let failure = outcome.failure {
            log.warning("\(what); not proved: \(failure.message)", metadata: fields)
        } else if let report = outcome.verification {
            log.log(
                level: report.outcome == .different ? .error : .notice, "\(what): \(report.summary)", metadata: fields)
        } else if outcome.copied > 0 {
            log.notice("\(what)", metadata: fields)
        }
    }

    /// Where a store is to blame it is left alone for a while, and everything else goes on.
    private func rest(_ debt: CopySurvey.Debt, after error: any Error) {
        let now = clock.now
        let failure = error as? any Failure
        if Task.isCancelled || failure?.code == .busy {
            copyRests[debt.name] = Timestamp(seconds: now.seconds + Self.busyRest)
            return
        }
        // An object that is missing, or in the way, is an affair of that backup alone.
        let isOfBackup = failure.map { [.missing, .exists, .difference, .encrypted].contains($0.code) } ?? true
        guard !isOfBackup else { return }
        let location = (error as? StoreError)?.location
        let blamed = (debt.sources + [debt.target]).filter {
            (try? appliance.stores.store(named: $0).location) == location
        }
        for name in blamed.isEmpty ? [debt.target] : blamed {
            copyRests[name] = Timestamp(seconds: now.seconds + Self.storeRest)
        }
        copyRests[debt.name] = nil
    }
}

extension CopySurvey.Debt {
    /// What it is remembered by; no store is called so.
    var name: String { "\(keys.manifest) to \(target)" }
}
