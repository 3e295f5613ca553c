import Catalog
import Model

/// What is done beside the runs.
extension Daemon {
    /// What takes its time has a task of its own: a store that is away must not keep the schedule waiting.
    func maintain(_ now: Timestamp) async throws {
        let last = try await catalog.time(of: .lastPrune)
        let isDue = last.map { now.seconds - $0.seconds >= Self.day || $0 > now } ?? true
        let isWhole = try await catalog.time(of: .rebuiltAt) != nil && !needsReconciling
        let expired = try await catalog.expiredExports(at: now)
        let expires = nextExpiry <= now && !expired.isEmpty
        let looksAround = isDue || !hasMaintained || (!isWhole && !hasTriedRebuild)
        guard maintenance == nil, expires || looksAround else { return }
        let upkeep = upkeep
        let reconciles = needsReconciling
        let busy = busyDatabases.union(queue.entries.map(\.database))
        if looksAround {
            hasTriedRebuild = true
            hasMaintained = true
        }
        let task = Task {
            var isReconciled = false
            if looksAround {
                await upkeep.boundOutbox(now)
                await upkeep.clearLeftRuns(except: busy)
                isReconciled = await upkeep.rebuild(reconciling: reconciles)
            }
            // What was locked, frozen or away may go another day.
            if isDue { await upkeep.daily(now) }
            if expires, await !upkeep.expireExports(now) {
                nextExpiry = Timestamp(seconds: now.seconds + Self.longestSleep)
            }
            maintenance = nil
            hasWorked = true
            if isReconciled { needsReconciling = false }
            await closeRetiredStores()
            events.continuation.yield(.turn)
        }
        maintenance = Running(task: task, stores: appliance.stores)
    }
}
