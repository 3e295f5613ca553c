import Catalog
import Dump
import Glibc
import Model
import Settings

/// A run's record in the catalog, from its begin to its end, whatever the run makes.
struct RunRecording: Sendable {
    /// How often the catalog hears how far a run is.
    private static let reportInterval = Duration.seconds(1)
    /// How long a lock is waited for that no run holds.
    private static let lockPatience = Duration.seconds(60)
    private static let firstPause = Duration.milliseconds(10)
    /// Of the tables that were left out.
    private static let excludedNamed = 20

    static let interruption = RunFailure(
        code: .cancelled, message: "its process ended in the middle of the run",
        hint: "The next run goes on where it can, and makes a whole backup otherwise.")

    let catalog: Catalog
    let stateDirectory: String
    let handle: RunHandle

    private var progress: RunProgress { handle.progress }

    // MARK: Begin

    /// Takes down a run that has to wait for its turn.
    /// - Throws: `RunInProgress` where a run of that database is queued or under way.
    static func queue(_ start: RunStart, in catalog: Catalog, stateDirectory: String) async throws -> RunRecord {
        var start = start
        start.isQueued = true
        do {
            return try await catalog.begin(start)
        } catch let error as RunInProgress {
            guard let lock = try await takeOver(error.run, catalog, stateDirectory) else { throw error }
            defer { withExtendedLifetime(lock) {} }
            return try await catalog.begin(start)
        }
    }

    /// - Parameter queued: The run's record, where it was waiting for its turn.
    /// - Returns: The run's lock, which its owner keeps until the end, and its record.
    /// - Throws: `RunInProgress`, code `busy`, where a run of that database is under way; code `busy` where something else
    ///   holds the database for longer than a minute.
    func begin(_ start: RunStart, queued: RunRecord?) async throws -> (RunLock, RunRecord) {
        let lock = try await acquireLock(of: start.database, queued)
        let record = try await record(start, queued, holding: lock)
        handle.begin(record.id)
        return (lock, record)
    }

    /// Runs alone hold a lock for long, and say so in the catalog. Whoever clears away what an interrupted run has left, or
    /// just looks whether anybody is at work, lets go of it soon: that is waited for.
    private func acquireLock(of database: String, _ queued: RunRecord?) async throws -> RunLock {
        let deadline = ContinuousClock.now + Self.lockPatience
        var pause = Self.firstPause
        while true {
            if let lock = try RunLock.acquire(database, stateDirectory: stateDirectory) { return lock }
            let active = try await catalog.activeRuns().first { $0.database == database && $0.id != queued?.id }
            if let active { throw RunInProgress(run: active) }
            guard .now < deadline else {
                throw NightjarError(
                    .busy, "\(database) is held by another process, or what an earlier run left is being cleared away",
                    hint: "Try again when it is through.", isTransient: true)
            }
            if let queued, pause == Self.firstPause {
                await note(queued.id, .info, "waits for whoever holds the lock of \(database)")
            }
            do {
                try await Task.sleep(for: pause)
            } catch {
                if let queued { _ = try? await fail(queued.id, error, isOwed: queued.trigger == .export) }
                throw error
            }
            pause = min(pause * 2, .seconds(1))
        }
    }

    private func record(_ start: RunStart, _ queued: RunRecord?, holding lock: RunLock) async throws -> RunRecord {
        if let queued {
            try await catalog.start(queued.id, at: start.at)
            return queued
        }
        do {
            return try await catalog.begin(start)
        } catch let error as RunInProgress {
            // One that waits for its turn holds no lock.
            guard !error.run.isWaiting else { throw error }
            try await Self.interrupt(error.run, catalog)
            return try await catalog.begin(start)
        }
    }

    /// - Returns: nil where somebody works on the run, or waits with it.
    private static func takeOver(
        _ run: RunRecord, _ catalog: Catalog, _ stateDirectory: String
    ) async throws -> RunLock? {
        guard !run.isWaiting, let lock = try RunLock.acquire(run.database, stateDirectory: stateDirectory) else {
            return nil
        }
        try await interrupt(run, catalog)
        return lock
    }

    /// Nobody holds its lock: it ended with its process.
    private static func interrupt(_ run: RunRecord, _ catalog: Catalog) async throws {
        try await catalog.finish(run.id, RunEnd(.interrupted, at: .now, failure: interruption))
    }

    // MARK: On the way

    /// Tells the catalog how far the run is until `body` has ended.
    /// - Parameter report: What else is told each time.
    func reporting<Result>(
        _ record: RunRecord, _ report: @escaping @Sendable (RunProgressRecord) async -> Void = { _ in },
        _ body: () async throws -> Result
    ) async throws -> Result {
        let reporting = Task {
            while (try? await Task.sleep(for: Self.reportInterval)) != nil {
                let now = self.now(record)
                // A catalog that is away fails the run at its end, where it matters.
                _ = try? await catalog.update(record.id, progress: now)
                await report(now)
            }
        }
        defer { reporting.cancel() }
        return try await body()
    }

    private func now(_ record: RunRecord) -> RunProgressRecord {
        RunProgressRecord(
            phase: progress.phase.recorded, attempt: record.attempt, rows: progress.rows,
            dumpBytes: progress.dumpBytes, storedBytes: progress.storedBytes, fraction: progress.fraction,
            secondsLeft: progress.timeLeft?.components.seconds)
    }

    /// A line for whoever looks at the run later. The run does not depend on it.
    func note(_ run: Int64, _ level: RunLogLevel, _ text: String, hint: String? = nil) async {
        _ = try? await catalog.add(RunLogRecord(at: .now, level: level, text: text, hint: hint), to: run)
    }

    /// What a dump is, and what it is not, for whoever looks at the run later.
    func tell(_ run: Int64, what manifest: Manifest) async {
        let snapshot = manifest.snapshot
        if snapshot.consistency != nil || snapshot.warning != nil {
            await note(
                run, snapshot.warning == nil ? .info : .warning, "\(snapshot.stateWords), by \(snapshot.methodWords)",
                hint: snapshot.warning)
        }
        for table in manifest.excluded.prefix(Self.excludedNamed) {
            await note(run, .info, "left out: \(table.name) (exclude: \(table.pattern))")
        }
        let others = manifest.excluded.count - Self.excludedNamed
        if others > 0 { await note(run, .info, "left out: \(CountText.format(Int64(others), "other table"))") }
        for text in manifest.notes { await note(run, .notice, text) }
    }

    // MARK: End

    /// - Parameters:
    ///   - isOwed: Whether a run that is stopped is to be made up for later.
    ///   - event: What people are told of a run that was not stopped; nil for nothing.
    /// - Returns: nil where the run was stopped, and did not fail.
    func fail(
        _ run: Int64, _ error: any Error, isOwed: Bool, telling event: (RunFailure) -> EventRecord? = { _ in nil }
    ) async throws -> RunFailure? {
        let isStopped = Task.isCancelled || error is CancellationError || (error as? any Failure)?.code == .cancelled
        let state: RunEnd.State = isStopped ? (isOwed && !handle.isCancelled ? .interrupted : .cancelled) : .failed
        let failure = RunFailure(describing: error)
        await note(run, isStopped ? .notice : .error, failure.message, hint: failure.hint)
        try await catalog.finish(
            run, RunEnd(state, at: .now, failure: failure), telling: isStopped ? nil : event(failure))
        return isStopped ? nil : failure
    }

    /// When each phase began, as exactly as is known.
    func keepPhases(of run: RunRecord) async throws {
        let phases = progress.phases.map { phase in
            RunPhaseRecord(phase: phase.phase.recorded, attempt: run.attempt, at: phase.at)
        }
        try await catalog.setPhases(phases, of: run.id)
    }
}

extension RunRecord {
    /// Whether a living process has it in its queue.
    fileprivate var isWaiting: Bool { state == .queued && !isAbandoned }

    /// Whether its process is no more.
    var isAbandoned: Bool { kill(pid, 0) != 0 && errno == ESRCH }
}

extension RunFailure {
    init(describing error: any Error) {
        if let failure = error as? any Failure {
            self.init(failure)
        } else if error is CancellationError {
            self.init(code: .cancelled, message: "stopped")
        } else {
            self.init(code: .internal, message: "\(error)")
        }
    }
}

extension RunProgress.Phase {
    fileprivate var recorded: RunPhase {
        switch self {
        case .waiting: .waiting
        case .snapshot: .snapshot
        case .export: .export
        // No run restores.
        case .verify, .restore: .verify
        }
    }
}
