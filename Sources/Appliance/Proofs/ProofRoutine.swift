import Catalog
import Model
import Settings

/// What the daemon remembers of proving backups again (what comes next of each database, when it looks again, and what
/// stood in the way), and what it decides from that: which proof starts, which makes way, and which rests.
///
/// It knows no clock and reads nothing: a simulated year uses it as the daemon does.
struct ProofRoutine: Sendable {
    /// A backup in one of its stores.
    struct Key: Hashable, Sendable {
        let backup: BackupID
        let database: String
        let store: String
    }

    private struct Trouble: Sendable {
        var count = 0
        var until = Timestamp(seconds: 0)
        /// Of the last failure; nil where a person has stopped it.
        var message: String?

        func resting(by longest: Timestamp) -> Trouble {
            var trouble = self
            trouble.until = min(until, longest)
            return trouble
        }
    }

    /// However little seems to be due: somebody at the command line may have made backups.
    private static let longestLook: Int64 = 3600
    /// How often a proof makes way for others; the next time it goes on beside them.
    private static let patience = 2
    /// Seconds between two events about the same database.
    private static let quiet: Int64 = 86_400
    private static let never = Timestamp(seconds: .max)

    private var looks: [String: Timestamp] = [:]
    private var choices: [String: Choice] = [:]
    /// The one at work; nil where none is.
    private var atWork: Choice?
    /// The time that the proofs of each database take.
    private var loads: [String: ProofLoad] = [:]
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

    /// Finds out what is to be proved next of a database, or when to look again.
    /// - Returns: The plan of all its backups, also of those that rest.
    mutating func look(at stock: ProofStock, now: Timestamp) -> ProofPlan {
        let name = stock.database
        forgetGone(stock)
        let elsewhere = loads.filter { $0.key != name }.values.reduce(ProofLoad.none) { $0.adding($1) }
        let plan = stock.plan(elsewhere: elsewhere, at: now)
        loads[name] = plan.load
        var awake = stock.backups
        var resting: Timestamp?
        if hasTrouble(at: now) {
            // What could not be proved a moment ago rests, and others have their turn.
            resting = awake.compactMap { rest(of: $0.proofKey, at: now) }.min()
            awake = awake.filter { rest(of: $0.proofKey, at: now) == nil }
        }
        let next = resting == nil ? plan : stock.plan(of: awake, elsewhere: elsewhere, at: now)
        var again = resting ?? Self.never
        switch next.step {
        case .verify(let id):
            if let backup = stock.stalest(of: awake.filter { $0.id == id }), let urgentFrom = next.urgentFrom {
                choices[name] = Choice(
                    backup: backup, level: stock.verify.wantedLevel, budget: stock.verify.budget,
                    urgentFrom: urgentFrom,
                    timeNeeded: stock.pace?.time(for: backup.storedBytes))
                looks[name] = nil
                return plan
            }
        case .wait(let time): again = min(time, again)
        case .nothing: break
        }
        looks[name] = min(again, Timestamp(seconds: now.seconds + Self.longestLook))
        return plan
    }

    /// Something has changed: backups came or went, or were proved.
    mutating func lookSoon(at database: String) {
        looks[database] = nil
        choices[database] = nil
    }

    /// All is looked at again, and nothing rests for longer than anything does.
    mutating func clockWasSetBack(to now: Timestamp) {
        looks = [:]
        choices = [:]
        let longest = Timestamp(seconds: now.seconds + Self.quiet)
        troubles = troubles.mapValues { $0.resting(by: longest) }
        databaseTroubles = databaseTroubles.mapValues { $0.resting(by: longest) }
    }

    /// The configuration has changed: all is looked at again.
    /// - Parameters:
    ///   - databases: Those that are configured now.
    ///   - unchanged: Those of them whose settings are as they were: what rests there goes on resting.
    mutating func lookAtAll(of databases: Set<String>, unchanged: Set<String>) {
        looks = [:]
        choices = [:]
        loads = loads.filter { databases.contains($0.key) }
        troubles = troubles.filter { unchanged.contains($0.key.database) }
        databaseTroubles = databaseTroubles.filter { unchanged.contains($0.key) }
    }

    // MARK: Beginning

    /// Takes out the proof that starts now, where none is at work: of those that are due, the one that can wait least.
    /// - Parameters:
    ///   - isQuiet: Whether nothing else is to be done.
    ///   - nextRun: When the next run of the schedule begins; nil where none does.
    /// - Returns: nil where none starts.
    mutating func begin(isQuiet: Bool, before nextRun: Timestamp?, at now: Timestamp) -> Choice? {
        let inOrder = choices.values.sorted { left, right in
            (left.urgentFrom, left.backup.database) < (right.urgentFrom, right.backup.database)
        }
        let choice = inOrder.first { choice in
            choice.isUrgent(at: now) || (isQuiet && choice.fits(before: nextRun, at: now))
        }
        guard let choice else { return nil }
        lookSoon(at: choice.backup.database)
        atWork = choice
        return choice
    }

    /// When something has to be decided again; nil where an end of something tells.
    func nextLook(after now: Timestamp) -> Timestamp? {
        let ends = choices.values.map(\.urgentFrom).filter { $0 > now }
        return (Array(looks.values) + ends).min()
    }

    // MARK: Telling

    /// Whether it is time for an event about late proofs.
    func tells(of database: String, at now: Timestamp) -> Bool {
        guard let last = told[database] else { return true }
        // One ahead of the clock is of a clock that was wrong.
        return !(0..<Self.quiet).contains(now.seconds - last.seconds)
    }

    /// The alarm is on.
    mutating func alarmed(_ database: String) { calm.remove(database) }

    /// The event is in the catalog.
    mutating func hasTold(of database: String, at now: Timestamp) { told[database] = now }

    /// Whether an alarm may be on that has to be taken back.
    func mayBeAlarmed(_ database: String) -> Bool { !calm.contains(database) }

    /// The alarm is off.
    mutating func calmed(_ database: String) { calm.insert(database) }

    // MARK: What stands in the way

    /// Backups that are not proved again any more leave nothing behind.
    private mutating func forgetGone(_ stock: ProofStock) {
        let isKept = { (key: Key) in
            key.database != stock.database
                || stock.backups.contains { $0.id == key.backup && $0.store == key.store }
        }
        troubles = troubles.filter { isKept($0.key) }
        stops = stops.filter { isKept($0.key) }
    }

    private func hasTrouble(at now: Timestamp) -> Bool {
        troubles.values.contains { $0.until > now } || databaseTroubles.values.contains { $0.until > now }
    }

    /// When it is tried again, where nothing could be found out of late.
    func rest(of key: Key, at now: Timestamp) -> Timestamp? {
        let until = max(
            troubles[key]?.until ?? Timestamp(seconds: 0),
            databaseTroubles[key.database]?.until ?? Timestamp(seconds: 0))
        return until > now ? until : nil
    }

    /// Why proofs of a database could not be made of late; nil where none failed since the last that was.
    func obstacle(of database: String) -> String? {
        let own = troubles.filter { $0.key.database == database && $0.value.message != nil }
        return databaseTroubles[database]?.message ?? own.max { $0.value.until < $1.value.until }?.value.message
    }

    /// Nothing could be found out.
    ///
    /// The cause may be one that all backups of the database share, or this one's alone: the database rests for a
    /// short while, and the backup for so much longer that others have their turn first. One that was fetched in vain
    /// again and again rests for hours, but no longer than its deadline allows.
    /// - Parameters:
    ///   - fraction: How much of it was fetched, from 0 to 1.
    ///   - againEvery: How old its proof may grow, in seconds; nil where that does not matter any more.
    /// - Returns: How many times in a row nothing could be found out: of that backup, or where the cause may be one that
    ///   all share, of any.
    mutating func failed(
        _ key: Key, _ failure: RunFailure, fraction: Double, againEvery: Int64?, at now: Timestamp
    ) -> Int {
        atWork = nil
        var own = troubles[key, default: Trouble()]
        own.count += 1
        own.message = failure.message
        var pause = RetryPolicy.pause(after: own.count)
        if own.count > 1, fraction > 0.5 {
            // What is urgent has a sixteenth of its time left.
            pause = max(pause, min(Int64(own.count) * 4 * 3600, Self.quiet, (againEvery ?? .max) / 16))
        }
        defer { troubles[key] = own }
        guard [.configuration, .unreachable, .io, .busy].contains(failure.code) else {
            own.until = Timestamp(seconds: now.seconds + pause)
            return own.count
        }
        var shared = databaseTroubles[key.database, default: Trouble()]
        shared.count += 1
        shared.message = failure.message
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

    /// It was stopped before its end.
    mutating func stopped() { atWork = nil }

    /// Something was found out.
    mutating func ended(_ key: Key) {
        atWork = nil
        troubles[key] = nil
        databaseTroubles[key.database] = nil
        stops[key] = nil
    }

    /// Whether the proof at work makes way for others, which is then taken as done.
    ///
    /// Not for ever, and not where what was fetched in vain would make proofs late: a database with many runs would
    /// never be proved. A run that lacks the disk space that it holds comes first all the same.
    /// - Parameters:
    ///   - fetched: Bytes of it so far.
    ///   - needsSpace: Whether the others failed before for want of disk space.
    mutating func makesWay(_ key: Key, fetched: Int64, needsSpace: Bool = false, at now: Timestamp) -> Bool {
        if needsSpace { return true }
        if let atWork, atWork.backup.proofKey == key, !atWork.canWait(at: now, losing: fetched) { return false }
        guard stops[key, default: 0] < Self.patience else { return false }
        stops[key, default: 0] += 1
        return true
    }
}

extension BackupRecord {
    var proofKey: ProofRoutine.Key { .init(backup: id, database: database, store: store) }
}
