import Catalog
import Model
import Settings
import TestSupport

@testable import Appliance

/// Proofs as the daemon decides of them, beside runs that come whatever it does, of backups that come and go, from a
/// store that is away now and then: the clock goes from one of its moments to the next.
struct BusyYear {
    static let day: Int64 = 86_400
    private static let start: Int64 = 1_800_000_000
    /// Seconds until a proof finds that the store is away.
    private static let patience: Int64 = 5

    /// Runs of whatever databases, one after another from the start on.
    struct Runs: Sendable {
        /// Seconds from the beginning of one to that of the next; nil for no runs.
        var period: Int64?
        /// Seconds that each takes; no less than the period where there is never a gap.
        var length: Int64 = 0
        /// Whether the schedule tells of them before; otherwise people ask for them.
        var isForeseen = true

        static func every(_ period: Int64, lasting length: Int64, isForeseen: Bool = true) -> Runs {
            Runs(period: period, length: length, isForeseen: isForeseen)
        }

        func isAtWork(at now: Int64) -> Bool { period.map { (now - BusyYear.start) % $0 < length } ?? false }

        func isBeginning(at now: Int64) -> Bool { period.map { (now - BusyYear.start) % $0 == 0 } ?? false }

        func next(after now: Int64) -> Int64? { period.map { now + $0 - (now - BusyYear.start) % $0 } }

        /// When the one at work ends; nil where none is, or the next begins at once.
        func end(after now: Int64) -> Int64? {
            guard let period, length < period, isAtWork(at: now) else { return nil }
            return now + length - (now - BusyYear.start) % period
        }
    }

    /// A database and its backups, the one with the oldest proof first.
    struct Database {
        let name: String
        let verify: VerifySettings
        let pace: ProofPace?
        fileprivate(set) var backups: [BackupRecord] = []
        fileprivate var allowance: ProofAllowance?
        /// The greatest age that any proof had at any moment.
        fileprivate(set) var oldest: Int64 = 0
        fileprivate(set) var last: ProofPlan?
        fileprivate(set) var plans = 0
        /// How many plans lack something.
        fileprivate(set) var shortages = 0

        var againEvery: Int64 { verify.againEvery ?? 0 }

        var stock: ProofStock {
            ProofStock(database: name, verify: verify, backups: backups, allowance: allowance, pace: pace)
        }
    }

    /// What makes a database.
    struct Kind: Sendable {
        var name = "shop"
        var count = 60
        var againEvery = 30 * BusyYear.day
        /// Of what a lasting budget needs; nil for no limit.
        var budgetPercent: Int64? = 115
        /// Bytes that a proof works through in a second.
        var speed: Int64 = 50 << 20
        /// Whether all were proved on the same day.
        var isBurst = false
        /// Whether one backup is a tenth of all.
        var hasGiant = false
    }

    private struct Work {
        let choice: ProofRoutine.Choice
        let began: Int64
        /// When it would be through.
        let end: Int64
        /// When the store goes away under it; nil where it does not.
        let failure: Int64?
        /// Whether anything is fetched at all.
        let isReached: Bool

        var stop: Int64 { failure ?? end }

        func fraction(at now: Int64) -> Double {
            isReached ? min(Double(now - began) / Double(max(end - began, 1)), 1) : 0
        }
    }

    private(set) var databases: [Database] = []
    private let runs: Runs
    private var routine = ProofRoutine()
    private var work: Work?
    private var now = BusyYear.start
    private var generator = SeededGenerator(seed: 11)
    /// When the store is away, in the order of time.
    private var outages: [Range<Int64>] = []

    private(set) var proofs = 0
    private(set) var failures = 0
    /// How many proofs went on beside a run, or began beside one.
    private(set) var beside = 0
    /// How often a proof made way for a run.
    private(set) var ways = 0

    init(_ kinds: [Kind], runs: Runs) {
        self.runs = runs
        for kind in kinds { databases.append(Self.database(kind, &generator)) }
    }

    private static func database(_ kind: Kind, _ generator: inout SeededGenerator) -> Database {
        let sizes: [Int64] = [20 << 20, 100 << 20, 400 << 20, 2 << 30]
        var bytes: [Int64] = []
        var moments: [Int64] = []
        for _ in 0..<kind.count {
            let size = sizes.randomElement(using: &generator) ?? 1
            bytes.append(size + Int64.random(in: 0..<size, using: &generator))
            let age = kind.isBurst ? 0 : Int64.random(in: 0..<(kind.againEvery / 3 * 2), using: &generator)
            moments.append(start - age)
        }
        if kind.hasGiant { bytes[kind.count / 2] = bytes.reduce(0, +) / 10 }
        let steady = bytes.reduce(0, +) * day / kind.againEvery
        let budget = kind.budgetPercent.map { steady / 100 * $0 }
        var database = Database(
            name: kind.name, verify: VerifySettings(againEvery: kind.againEvery, budget: budget),
            pace: ProofPace(bytes: kind.speed, seconds: 1))
        moments.sort()
        for index in 0..<kind.count {
            let id = BackupID(time: Timestamp(seconds: start - 400 * day + Int64(index)))
            database.backups.append(backup(id, of: kind.name, bytes[index], provedAt: moments[index]))
        }
        return database
    }

    private static func backup(
        _ id: BackupID, of database: String, _ bytes: Int64, provedAt: Int64
    ) -> BackupRecord {
        let time = Timestamp(seconds: provedAt)
        return BackupRecord(
            id: id, database: database, store: "disk", createdAt: id.time, rows: 1, dumpBytes: bytes,
            storedBytes: bytes, proof: .proved, provedAt: time, verifiedAt: time)
    }

    // MARK: The clock

    /// Of 400 backups one goes on each day, and another comes. The store is away every nine days or so, for up to eight
    /// hours.
    mutating func run(days: Int64) {
        let end = now + days * Self.day
        var midnight = now + Self.day
        var today = 0
        makeOutages(until: end)
        while now < end {
            endWork()
            while now >= midnight {
                today += 1
                turnOver(today)
                midnight += Self.day
            }
            if runs.isBeginning(at: now) { makeWay() }
            let wake = turn()
            let moments: [Int64?] = [
                wake, midnight, end, work?.stop, runs.next(after: now), runs.end(after: now),
            ]
            now = max(moments.compactMap(\.self).min() ?? end, now + 1)
        }
    }

    private var time: Timestamp { Timestamp(seconds: now) }

    private mutating func makeOutages(until end: Int64) {
        var begin = now
        while begin < end {
            begin += Int64.random(in: Self.day..<(17 * Self.day), using: &generator)
            let length = Int64.random(in: 600..<(8 * 3600), using: &generator)
            outages.append(begin..<(begin + length))
            begin += length
        }
    }

    // MARK: The daemon's part

    /// What `Daemon.proveAgain` does.
    private mutating func turn() -> Int64? {
        for index in databases.indices where routine.isDue(databases[index].name, at: time) {
            let plan = routine.look(at: databases[index].stock, now: time)
            databases[index].last = plan
            databases[index].plans += 1
            if plan.shortage != nil || plan.timeShortage != nil { databases[index].shortages += 1 }
        }
        if work == nil {
            let isQuiet = !runs.isAtWork(at: now)
            let next = runs.isForeseen ? runs.next(after: now).map { Timestamp(seconds: $0) } : nil
            if let choice = routine.begin(isQuiet: isQuiet, before: next, at: time) {
                if !isQuiet { beside += 1 }
                begin(choice)
            }
        }
        return routine.nextLook(after: time)?.seconds
    }

    private mutating func begin(_ choice: ProofRoutine.Choice) {
        let index = index(of: choice)
        let end = now + max(databases[index].pace?.time(for: choice.backup.storedBytes) ?? 1, 1)
        let outage = outages.first { $0.upperBound > now && $0.lowerBound < end }
        let isReached = !(outage?.contains(now) ?? false)
        let failure = outage.map { isReached ? $0.lowerBound : now + Self.patience }
        work = Work(choice: choice, began: now, end: end, failure: failure, isReached: isReached)
        settle(index, spent: choice.backup.storedBytes)
    }

    /// What `Daemon.routineEnded` does, and what the catalog makes of a proof.
    private mutating func endWork() {
        guard let work, work.stop <= now else { return }
        self.work = nil
        let backup = work.choice.backup
        let index = index(of: work.choice)
        if work.failure == nil {
            proofs += 1
            routine.ended(backup.proofKey)
            if let place = databases[index].backups.firstIndex(where: { $0.id == backup.id }) {
                noteAge(place, of: index)
                databases[index].backups.remove(at: place)
                databases[index].backups.append(
                    Self.backup(backup.id, of: backup.database, backup.storedBytes, provedAt: now))
            }
        } else {
            failures += 1
            let fraction = work.fraction(at: now)
            stop(work, index)
            _ = routine.failed(
                backup.proofKey, RunFailure(code: .unreachable, message: "the store is away"), fraction: fraction,
                againEvery: databases[index].againEvery, at: time)
        }
        routine.lookSoon(at: backup.database)
    }

    /// What `Daemon.makeWay` does.
    private mutating func makeWay() {
        guard let work else { return }
        let backup = work.choice.backup
        guard routine.makesWay(backup.proofKey, fetched: backup.bytesFetched(work.fraction(at: now)), at: time) else {
            beside += 1
            return
        }
        ways += 1
        self.work = nil
        stop(work, index(of: work.choice))
        routine.lookSoon(at: backup.database)
    }

    private mutating func stop(_ work: Work, _ index: Int) {
        let backup = work.choice.backup
        routine.stopped()
        settle(index, refund: backup.storedBytes - backup.bytesFetched(work.fraction(at: now)))
    }

    private mutating func settle(_ index: Int, spent: Int64 = 0, refund: Int64 = 0) {
        guard let budget = databases[index].verify.budget else { return }
        databases[index].allowance = ProofAllowance.settled(
            databases[index].allowance, spent: spent, refund: refund, budget: budget, at: time)
    }

    private func index(of choice: ProofRoutine.Choice) -> Int {
        databases.firstIndex { $0.name == choice.backup.database } ?? 0
    }

    // MARK: Backups

    /// New backups are as large as those that go, so that the need stays the same.
    private mutating func turnOver(_ today: Int) {
        for index in databases.indices {
            noteAge(0, of: index)
            let name = databases[index].name
            let count = databases[index].backups.count
            for number in (count * (today - 1) / 400)..<(count * today / 400) {
                let place = Int.random(in: 0..<databases[index].backups.count, using: &generator)
                let bytes = databases[index].backups.remove(at: place).storedBytes
                let id = BackupID(time: Timestamp(seconds: now + Int64(number)))
                databases[index].backups.append(Self.backup(id, of: name, bytes, provedAt: now))
            }
            routine.lookSoon(at: name)
        }
    }

    private mutating func noteAge(_ place: Int, of index: Int) {
        let proved = databases[index].backups[place].provedAt?.seconds ?? now
        databases[index].oldest = max(databases[index].oldest, now - proved)
    }
}
