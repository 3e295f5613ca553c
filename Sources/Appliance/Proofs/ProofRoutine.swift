import Catalog
import Model
import Settings

/// What the daemon remembers of proving backups again: what comes next of each database, when it looks again, and what
/// stood in the way.
struct ProofRoutine: Sendable {
    /// A backup in one of its stores.
    struct Key: Hashable, Sendable {
        let backup: BackupID
        let database: String
        let store: String
    }

    /// The next proof of a database.
    struct Choice: Sendable {
        let database: DatabaseSettings
        let backup: BackupRecord
        /// When its last proof is as old as it may grow.
        let deadline: Timestamp
        /// Seconds that its last verification took; nil where there was none.
        let timeNeeded: Int64?

        /// Whether it cannot wait any more for a time without runs.
        func isUrgent(at now: Timestamp) -> Bool {
            deadline.seconds - (database.verify.againEvery ?? 0) / 16 <= now.seconds
        }

        /// Whether it would be through before a run begins.
        func fits(before run: Timestamp?, at now: Timestamp) -> Bool {
            guard let run, let timeNeeded else { return true }
            return run.seconds - now.seconds >= timeNeeded
        }
    }

    private struct Trouble: Sendable {
        var count = 0
        var until = Timestamp(seconds: 0)
    }

    /// However little seems to be due: somebody at the command line may have made backups.
    private static let longestLook: Int64 = 3600
    /// How often a proof makes way for others; the next time it goes on beside them.
    private static let patience = 2
    /// Seconds between two events about the same database.
    private static let quiet: Int64 = 86_400

    private var looks: [String: Timestamp] = [:]
    private var choices: [String: Choice] = [:]
    private var troubles: [Key: Trouble] = [:]
    private var databaseTroubles: [String: Trouble] = [:]
    private var stops: [Key: Int] = [:]
    /// Databases of whose late proofs people were told, and when.
    private var told: [String: Timestamp] = [:]
    private var calm: Set<String> = []

    // MARK: Looking

    /// Whether a database has to be looked at.
    func isDue(_ database: String, at now: Timestamp) -> Bool {
        choices[database] == nil && looks[database].map { $0 <= now } ?? true
    }

    /// When the next database has to be looked at; nil where none waits.
    var nextLook: Timestamp? { looks.values.min() }

    /// The next proofs of all databases, the one that is due most first.
    var choicesInOrder: [Choice] { choices.values.sorted { $0.deadline < $1.deadline } }

    mutating func choose(_ choice: Choice) {
        choices[choice.database.name] = choice
        looks[choice.database.name] = nil
    }

    mutating func look(at database: String, again time: Timestamp, now: Timestamp) {
        looks[database] = min(time, Timestamp(seconds: now.seconds + Self.longestLook))
    }

    /// Something has changed: backups came or went, or were proved.
    mutating func lookSoon(at database: String) {
        looks[database] = nil
        choices[database] = nil
    }

    /// The configuration has changed.
    mutating func lookAtAll() {
        looks = [:]
        choices = [:]
        databaseTroubles = [:]
    }

    // MARK: Telling

    /// Whether it is time for an event about late proofs, which is then taken as told.
    mutating func tells(of database: String, at now: Timestamp) -> Bool {
        calm.remove(database)
        if let last = told[database], now.seconds - last.seconds < Self.quiet { return false }
        told[database] = now
        return true
    }

    /// Whether an alarm may be on that has to be taken back.
    mutating func calmsDown(_ database: String) -> Bool { calm.insert(database).inserted }

    // MARK: What stands in the way

    /// When it is tried again, where nothing could be found out of late.
    func rest(of key: Key, at now: Timestamp) -> Timestamp? {
        let until = max(
            troubles[key]?.until ?? Timestamp(seconds: 0),
            databaseTroubles[key.database]?.until ?? Timestamp(seconds: 0))
        return until > now ? until : nil
    }

    /// Nothing could be found out.
    ///
    /// The cause may be one that all backups of the database share, or this one's alone: the database rests for a short
    /// while, and the backup for so much longer that others have their turn first. One that was fetched in vain again and
    /// again rests for hours.
    /// - Parameter fraction: How much of it was fetched, from 0 to 1.
    /// - Returns: How many times in a row nothing could be found out: of that backup, or where the cause may be one that
    ///   all share, of any.
    mutating func failed(_ key: Key, _ code: FailureCode, fraction: Double, at now: Timestamp) -> Int {
        var own = troubles[key, default: Trouble()]
        own.count += 1
        var pause = RetryPolicy.pause(after: own.count)
        if own.count > 1, fraction > 0.5 { pause = min(Int64(own.count) * 4 * 3600, Self.quiet) }
        defer { troubles[key] = own }
        guard [.configuration, .unreachable, .io, .busy].contains(code) else {
            own.until = Timestamp(seconds: now.seconds + pause)
            return own.count
        }
        var shared = databaseTroubles[key.database, default: Trouble()]
        shared.count += 1
        let rest = RetryPolicy.pause(after: shared.count)
        shared.until = Timestamp(seconds: now.seconds + rest)
        databaseTroubles[key.database] = shared
        own.until = Timestamp(seconds: now.seconds + max(pause, 2 * rest))
        return shared.count
    }

    /// A person does not want it now.
    mutating func rest(_ key: Key, until time: Timestamp) {
        troubles[key, default: Trouble()].until = time
    }

    mutating func ended(_ key: Key) {
        troubles[key] = nil
        databaseTroubles[key.database] = nil
        stops[key] = nil
    }

    /// Whether a proof makes way: not for ever, or a database with many runs would never be proved.
    mutating func makesWay(_ key: Key) -> Bool {
        guard stops[key, default: 0] < Self.patience else { return false }
        stops[key, default: 0] += 1
        return true
    }
}

extension BackupRecord {
    var proofKey: ProofRoutine.Key { .init(backup: id, database: database, store: store) }
}
