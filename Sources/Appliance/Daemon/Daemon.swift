import Catalog
import Dump
import Logging
import Model
import Pipeline
import Settings
import Storage

/// Makes the configured backups, night after night: decides what is due, runs it, and keeps what retention asks for.
///
/// Everything happens in turns: something wakes the daemon (a moment that it asked for, a set clock, the end of a run, a
/// signal), it looks at what is to be done now, starts that, and says when it wants to be woken next.
package actor Daemon {
    /// The longest time between two turns, so that overdue backups are noticed.
    static let longestSleep: Int64 = 3600
    static let day: Int64 = 86_400
    private static let pauseAfterError: Int64 = 60

    struct Running {
        let task: Task<Void, Never>
        let stores: Stores
        /// nil for what is no run.
        var handle: RunHandle?
        /// Whether it failed before for want of disk space: no proof takes any while it works.
        var needsSpace = false
    }

    enum Event: Sendable {
        case turn, reload
        /// The folders of the patterns were listed: the look's number, and what it found.
        case looked(Int, PatternLook)
    }

    let configurationPath: String
    let environment: [String: String]
    let clock: any WallClock
    let manager: ServiceManager
    let log: Logger
    nonisolated let events = AsyncStream<Event>.makeStream()
    /// Messages ask for a turn in which they are sent.
    nonisolated let messages: TurnWish

    var appliance: Appliance
    let catalog: Catalog
    /// What the clock showed at the last turn.
    private var lastTurn = Timestamp(seconds: 0)
    var queue = RunQueue()
    /// What people ask for.
    var requests = RequestQueue()
    var turns = TurnOrder()
    /// Verifications that people asked for, and those of the routine.
    var verifications = VerificationQueue()
    /// What is remembered of proving backups again.
    var proofs = ProofRoutine()
    /// Who sends messages at the moment, by the channels' names: one channel never waits for another.
    var delivering: [String: Running] = [:]
    /// When a channel is looked at again after a fault of the catalog's.
    var laneRests: [String: Timestamp] = [:]
    /// Runs that are being taken down as asked for.
    var asking = 0
    /// When expired exports that could not be deleted are tried again.
    var nextExpiry = Timestamp(seconds: 0)
    var running: [String: Running] = [:]
    /// Of configurations before this one, while runs still use them.
    var retiredStores: [Stores] = []
    /// Slots that are in the queue; the catalog hears of them when their runs begin.
    var handled: [String: Timestamp] = [:]
    /// What is done beside the runs; nil where nothing is.
    var maintenance: Running?
    /// A copy from one store to another; nil where none is under way.
    var copying: Running?
    /// Until when stores and copies are left alone, by their names.
    var copyRests: [String: Timestamp] = [:]
    var watch: PatternWatch
    /// Why the daemon cannot go on: the catalog is gone or damaged.
    var catalogFailure: (any Error)?
    /// Whether a run may have left a backup that the catalog does not know.
    var needsReconciling = false
    var hasTriedRebuild = false
    /// Whether this process has looked after what its predecessors left.
    var hasMaintained = false
    var isStopping = false
    /// Whether memory is still held that only work needs.
    var hasWorked = true

    /// - Parameters:
    ///   - configurationPath: Read again at a reload.
    ///   - appliance: Of the configuration as it is now.
    package init(
        configurationPath: String, environment: [String: String], appliance: Appliance, catalog: Catalog,
        clock: any WallClock, manager: ServiceManager, log: Logger
    ) {
        self.configurationPath = configurationPath
        self.environment = environment
        self.appliance = appliance
        self.catalog = catalog
        self.clock = clock
        self.manager = manager
        self.log = log
        watch = PatternWatch(since: clock.now)
        messages = TurnWish(events.continuation)
    }

    /// Reads the configuration again; a bad one is reported and the old one stays.
    package nonisolated func reload() { events.continuation.yield(.reload) }

    /// Works until the task is cancelled; runs are stopped then, and made up for at the next start.
    /// - Parameters:
    ///   - open: Called when people may ask for something, before the service manager hears that all is ready.
    ///   - reloaded: Called after each reload, whether the new configuration was taken or not.
    package func run(
        open: @Sendable () async -> Void = {}, reloaded: @Sendable () async -> Void = {}
    ) async throws {
        try await takeUp()
        await open()
        let continuation = events.continuation
        let waking = Task { [wakeups = clock.wakeups] in
            for await _ in wakeups { continuation.yield(.turn) }
        }
        defer { waking.cancel() }
        try await turn()
        manager.ready(status: status)
        log.notice("started", metadata: ["databases": "\(appliance.configuration.databases.count)"])
        await withTaskCancellationHandler {
            for await event in events.stream {
                switch event {
                case .turn: await surviving { try await turn() }
                case .reload:
                    await surviving { try await reloadAndTell() }
                    await reloaded()
                case .looked(let number, let look): await surviving { try await follow(look, number: number) }
                }
            }
        } onCancel: {
            // In a cancelled task the loop may have ended by itself.
            continuation.finish()
        }
        await stop()
        if let catalogFailure { throw catalogFailure }
    }

    /// A full disk or a catalog that is away ends a turn, not the daemon: it looks again in a minute.
    private func surviving(_ body: () async throws -> Void) async {
        do {
            try await body()
        } catch {
            // It comes back from the stores at the next start; until then nothing could be decided.
            if Catalog.isDamage(error) { return giveUp(error) }
            log.error("\(ErrorText.line(error))")
            clock.wake(at: Timestamp(seconds: clock.now.seconds + Self.pauseAfterError))
        }
    }

    private func giveUp(_ error: any Error) {
        catalogFailure = error
        events.continuation.finish()
    }

    // MARK: Beginning and end

    /// Makes up for what the last process left: its runs are owed still.
    private func takeUp() async throws {
        let now = clock.now
        var findings = try await StartFindings(in: catalog)
        for run in try await catalog.activeRuns() {
            // Somebody at the command line may be at work.
            guard
                let lock = try RunLock.acquire(run.database, stateDirectory: appliance.configuration.stateDirectory)
            else { continue }
            let end = RunEnd(.interrupted, at: now, failure: RunRecording.interruption)
            try await catalog.finish(run.id, end)
            withExtendedLifetime(lock) {}
            guard run.trigger != .export else { continue }
            // Who goes on with it finds its backup.
            let left = try appliance.runFolder(of: run.database).facts
            if left?.slot == nil || left?.slot != run.slot { needsReconciling = true }
            findings.interrupted.append(run)
            log.warning(
                "a run was interrupted by the end of its process",
                metadata: ["database": "\(run.database)", "run": "\(run.id)"])
        }
        try await use(appliance, gone: [])
        for note in appliance.configuration.notes { log.notice("\(note)") }
        for database in appliance.configuration.databases {
            guard let entry = try await owed(database, now) else { continue }
            queue.add(entry)
            findings.owed[database.name] = entry.goesOn
        }
        findings.exports = try await catalog.activeExports().count
        try await takeUpExports(now)
        try await catalog.add(
            EventRecord(at: now, kind: .applianceStarted, text: findings.text, hint: findings.hint))
    }

    /// - Returns: The run of a database that an earlier process could not bring to its end; nil where there is none.
    private func owed(_ database: DatabaseSettings, _ now: Timestamp) async throws -> RunQueue.Entry? {
        let folder = try appliance.runFolder(of: database.name)
        let left = folder.facts
        guard let last = try await catalog.lastScheduledEnd(of: database.name) else {
            // The catalog was lost; the run was not.
            guard let left, let slot = left.slot else { return nil }
            return .init(
                database: database.name, slot: slot, missed: left.missed, attempt: 2, from: now, goesOn: true)
        }
        guard let slot = last.slot else { return nil }
        let mayPass = last.state == .failed && [.busy, .unreachable, .io].contains(last.failure?.code)
        guard last.state == .interrupted || mayPass else { return nil }
        var goesOn = folder.goesOn(slot)
        let isMovingOn = goesOn && left.map { folder.isMovingOn($0) } ?? false
        // A run that takes its process down with it must not keep the others from their turn, nor its own database.
        let isDangerous = last.attempt > 1 && !isMovingOn
        let nextSlot = database.schedule?.next(after: slot, in: database.zone)
        if isDangerous, let nextSlot, nextSlot <= now { goesOn = false }
        let pause = isDangerous ? RetryPolicy.pause(after: last.attempt) : 0
        log.notice(
            "the \(last.state.rawValue) backup of \(slot.text) is \(goesOn ? "gone on with" : "made anew")",
            metadata: ["database": "\(database.name)"])
        return .init(
            database: database.name, slot: slot, missed: last.missed, attempt: last.attempt + 1,
            from: Timestamp(seconds: now.seconds + pause), goesOn: goesOn, isDangerous: isDangerous)
    }

    /// All that uses the stores now.
    var atWork: [Running] {
        let others = [verifications.work?.running, maintenance, copying].compactMap { $0 }
        return Array(running.values) + Array(delivering.values) + others
    }

    private func stop() async {
        isStopping = true
        manager.stopping(status: "stopping \(running.count) runs")
        log.notice("stopping", metadata: ["runs": "\(running.count)"])
        let tasks = atWork.map(\.task)
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
        for stores in retiredStores + [appliance.stores] { await stores.shutdown() }
        _ = try? await catalog.add(
            EventRecord(at: clock.now, kind: .applianceStopped, text: "the appliance has stopped"))
    }

    // MARK: A turn

    func turn() async throws {
        let now = clock.now
        notice(now)
        messages.grant()
        guard await catalog.isInPlace() else {
            return giveUp(
                NightjarError(
                    .io, "\(catalog.path) was deleted or replaced while the daemon worked",
                    hint: "It comes back from the stores at the next start."))
        }
        manager.feedWatchdog()
        var wake = Timestamp(seconds: now.seconds + Self.longestSleep)
        if let interval = manager.watchdogInterval {
            wake = min(wake, Timestamp(seconds: now.seconds + max(interval.components.seconds, 1)))
        }
        if let look = watchPatterns(now) { wake = min(wake, look) }
        let records = Dictionary(
            try await catalog.databases().map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var nextRun: Timestamp?
        for database in appliance.configuration.databases {
            guard let record = records[database.name] else { continue }
            if let policy = database.slotPolicy,
                let start = try await decide(database, policy, record, now)
            {
                wake = min(wake, start)
                nextRun = min(nextRun ?? start, start)
            }
            if let finding = try await DatabaseWatch(catalog: catalog, database: database).checkOverdue(at: now) {
                log.error("\(finding.text)", metadata: ["database": "\(database.name)"])
            }
        }
        try await endStrays()
        if let next = try await takeUpExports(now) { wake = min(wake, next) }
        try await maintain(now)
        if let next = try await deliver(now) { wake = min(wake, next) }
        startRuns(now)
        if let start = queue.nextStart(excluding: busyDatabases), start > now {
            wake = min(wake, start)
            nextRun = min(nextRun ?? start, start)
        }
        if let look = try await copyMissing(now) { wake = min(wake, look) }
        if let look = try await proveAgain(now, before: nextRun) { wake = min(wake, look) }
        manager.status(status)
        clock.wake(at: wake)
        if hasWorked, atWork.isEmpty {
            hasWorked = false
            Memory.settle()
        }
    }

    /// What rests for a while does not rest for longer because somebody has set the clock back.
    private func notice(_ now: Timestamp) {
        defer { lastTurn = now }
        // Less than what is waited for anyhow does not matter.
        guard now.seconds < lastTurn.seconds - RetryPolicy.longestPause else { return }
        queue.start(by: Timestamp(seconds: now.seconds + RetryPolicy.longestPause))
        copyRests = [:]
        nextExpiry = now
        proofs.clockWasSetBack(to: now)
    }

    /// - Returns: When the database's next backup starts.
    private func decide(
        _ database: DatabaseSettings, _ policy: SlotPolicy, _ record: DatabaseRecord, _ now: Timestamp
    ) async throws -> Timestamp? {
        let last = handled[database.name] ?? record.handledSlot
        let decision = policy.decide(lastHandled: last, since: record.since, now: now)
        if let forgotten = decision.forgotten {
            log.warning(
                "a backup seems to have been made at \(forgotten.text), which is still to come: the clock was wrong",
                metadata: ["database": "\(database.name)"])
        }
        if let skipped = decision.skipped {
            log.warning(
                """
                missed \(CountText.format(Int64(skipped.count), "backup")), the last at \(skipped.latest.text); \
                catch_up is off
                """, metadata: ["database": "\(database.name)"])
        }
        switch decision.action {
        case .wait(let upcoming):
            if let slot = decision.lastHandled {
                handled[database.name] = slot
                try await catalog.setHandledSlot(slot, of: database.name)
            }
            return upcoming?.startAt
        case .run(let due):
            // The catalog hears of it when the run begins: until then a restart still owes it.
            queue.add(.init(database: database.name, slot: due.slot, missed: due.missed, attempt: 1, from: now))
            handled[database.name] = decision.lastHandled ?? due.slot
            let next = policy.decide(lastHandled: handled[database.name], since: record.since, now: now)
            if case .wait(let upcoming) = next.action { return upcoming?.startAt }
            return nil
        }
    }

    var upkeep: Upkeep { Upkeep(appliance: appliance, catalog: catalog, log: log) }

    // MARK: Words

    var status: String {
        let count = CountText.format(Int64(appliance.configuration.databases.count), "database")
        guard !running.isEmpty else { return "\(count), nothing runs" }
        return "\(count), backing up \(running.keys.sorted().joined(separator: ", "))"
    }
}

extension DatabaseSettings {
    /// nil where it is backed up only when somebody asks.
    package var slotPolicy: SlotPolicy? {
        schedule.map {
            SlotPolicy(schedule: $0, zone: zone, database: name, jitter: jitter, catchUp: catchUp)
        }
    }
}
