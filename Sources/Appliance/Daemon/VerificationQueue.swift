import Catalog
import Dump
import Model

/// Verifications that wait, in the order in which they came, the one at work, and how the last ones ended.
///
/// One works at a time: each may take as much room as its database.
struct VerificationQueue: Sendable {
    /// One that waits, or is at work.
    struct Entry: Sendable {
        /// Of this process, counted from 1.
        let number: Int64
        let backup: BackupRecord
        let level: VerificationLevel
        /// Who asked for it; nil for the routine of proving backups again.
        let requester: String?
        /// Whether one that nothing opens here is checked at least: where nobody has asked for more in so many words.
        let fallsBack: Bool
        let askedAt: Timestamp

        var isRoutine: Bool { requester == nil }
    }

    /// The one at work.
    struct Work: Sendable {
        let entry: Entry
        let startedAt: Timestamp
        let progress: RunProgress
        let running: Daemon.Running
        /// Who has asked for what the routine had begun; nil where nobody has.
        var adoptedBy: String?

        /// Whether nobody waits for it.
        var isRoutine: Bool { entry.isRoutine && adoptedBy == nil }
    }

    /// How many may wait: each is remembered with its backup's figures.
    private static let limit = 1000
    /// How many ends are remembered, for those who ask how theirs went.
    private static let memory = 1000

    private(set) var waiting: [Entry] = []
    var work: Work?
    private var ends: [VerificationEnd] = []
    private var lastNumber: Int64 = 0

    /// - Returns: nil where the backup is waited for or worked on already.
    /// - Throws: code `busy` where too many wait.
    mutating func add(
        _ backup: BackupRecord, _ level: VerificationLevel, requester: String?, fallsBack: Bool = true,
        at now: Timestamp
    ) throws -> Entry? {
        guard !contains(backup) else { return nil }
        guard waiting.count < Self.limit else {
            throw NightjarError(
                .busy, "\(waiting.count) verifications wait for their turn already", hint: "Try again later.",
                isTransient: true)
        }
        lastNumber += 1
        let entry = Entry(
            number: lastNumber, backup: backup, level: level, requester: requester, fallsBack: fallsBack,
            askedAt: now)
        waiting.append(entry)
        return entry
    }

    /// What the routine is at does not count: it makes way for who asks.
    private func contains(_ backup: BackupRecord) -> Bool {
        let working = work.flatMap { $0.isRoutine ? nil : $0.entry }
        return (waiting + [working].compactMap(\.self)).contains { $0.backup.isSame(as: backup) }
    }

    /// Makes the routine's work on a backup the work of somebody who asks for it, where it proves as much.
    /// - Returns: nil where the routine is not at work on it, or is about to end that.
    mutating func adopt(_ backup: BackupRecord, _ level: VerificationLevel, requester: String) -> VerificationTask? {
        guard let work, work.isRoutine, !work.running.task.isCancelled, work.entry.backup.isSame(as: backup),
            work.entry.level == level || work.entry.level == .restore
        else { return nil }
        self.work?.adoptedBy = requester
        return work.task
    }

    /// Takes out the one whose turn it is; nil where none waits, or one is at work.
    mutating func next() -> Entry? {
        guard work == nil, !waiting.isEmpty else { return nil }
        return waiting.removeFirst()
    }

    /// Takes out the one of a backup before its turn has come.
    mutating func remove(_ id: BackupID) -> Entry? {
        guard let index = waiting.firstIndex(where: { $0.backup.id == id }) else { return nil }
        return waiting.remove(at: index)
    }

    mutating func ended(_ entry: Entry, verification: Int64?, failure: RunFailure?) {
        if ends.count >= Self.memory { ends.removeFirst() }
        ends.append(
            VerificationEnd(
                task: entry.number, backup: entry.backup.id.description, verification: verification, failure: failure))
    }

    /// How the last one of a backup ended; nil where there was none since the daemon's start.
    func lastEnd(of id: String) -> VerificationEnd? { ends.last { $0.backup == id } }

    /// The one at work first.
    var tasks: [VerificationTask] { [work?.task].compactMap(\.self) + waiting.map(\.task) }
}

extension VerificationQueue.Entry {
    var task: VerificationTask {
        VerificationTask(
            task: number, backup: backup.id.description, database: backup.database, level: level, state: .queued,
            startedAt: askedAt)
    }
}

extension VerificationQueue.Work {
    var task: VerificationTask {
        VerificationTask(
            task: entry.number, backup: entry.backup.id.description, database: entry.backup.database,
            level: entry.level, state: .running, startedAt: startedAt, fraction: progress.fraction,
            secondsLeft: progress.timeLeft?.components.seconds)
    }
}

extension BackupRecord {
    func isSame(as other: BackupRecord) -> Bool {
        id == other.id && database == other.database && store == other.store
    }
}
