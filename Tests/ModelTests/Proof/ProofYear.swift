import Model
import TestSupport

/// Proofs as the plan alone has them, of 400 backups that come and go: the clock goes from one of its moments to the
/// next.
struct ProofYear {
    static let day: Int64 = 86_400
    static let againEvery: Int64 = 30 * day
    private static let count = 400
    private static let start: Int64 = 1_800_000_000
    /// Bytes that a verification works through in a second.
    private static let speed: Int64 = 50 << 20
    private static let sizes: [Int64] = [20 << 20, 100 << 20, 400 << 20, 2 << 30]

    let budget: Int64?
    /// Bytes of the largest backup.
    let largest: Int64
    /// Stalest first, since each proof puts its backup at the end.
    private var kept: [ProofCandidate] = []
    private var allowance: ProofAllowance?
    private var now = ProofYear.start
    private var generator: SeededGenerator

    private(set) var first: ProofPlan?
    private(set) var last: ProofPlan?
    private(set) var plans = 0
    /// How many of the plans have a shortage.
    private(set) var shortages = 0
    /// The greatest age that any proof had at any moment.
    private(set) var oldest: Int64 = 0
    /// The smallest age at which a backup was proved again.
    private(set) var youngest = Int64.max
    /// Whether each verification was of the stalest backup.
    private(set) var isStalestFirst = true
    private(set) var spent: [(at: Int64, bytes: Int64)] = []

    /// - Parameters:
    ///   - span: the seconds within which all backups were proved before the start.
    ///   - budgetPercent: of what a lasting budget needs; nil for no limit.
    ///   - hasGiant: whether one backup is larger than the budget of two days.
    init(provedWithin span: Int64, budgetPercent: Int64?, hasGiant: Bool = false) {
        var generator = SeededGenerator(seed: 5)
        var sizes: [Int64] = []
        var moments: [Int64] = []
        for _ in 0..<Self.count {
            let size = Self.sizes.randomElement(using: &generator) ?? 1
            sizes.append(size + Int64.random(in: 0..<size, using: &generator))
            moments.append(Self.start - Int64.random(in: 0...span, using: &generator))
        }
        moments.sort()
        if hasGiant { sizes[Self.count / 2] = sizes.reduce(0, +) / 10 }
        let steady = sizes.reduce(0, +) * Self.day / Self.againEvery
        budget = budgetPercent.map { steady / 100 * $0 }
        largest = sizes.max() ?? 0
        self.generator = generator
        for index in 0..<Self.count {
            let createdAt = Timestamp(seconds: Self.start - 400 * Self.day + Int64(index))
            kept.append(
                ProofCandidate(
                    backup: BackupID(time: createdAt), bytes: sizes[index], createdAt: createdAt,
                    provedAt: Timestamp(seconds: moments[index])))
        }
    }

    /// - Parameter arrivals: backups that are made and proved on each day; as many of the others go.
    mutating func run(days: Int64, arrivals: Int = 4) {
        let end = now + days * Self.day
        var midnight = now + Self.day
        while now < end {
            let plan = ProofPlan(
                candidates: kept, againEvery: Self.againEvery, budget: budget, allowance: allowance,
                now: Timestamp(seconds: now))
            note(plan)
            switch plan.step {
            case .verify(let backup): prove(backup)
            case .wait(let time):
                precondition(time.seconds > now, "a wait that is over would never end")
                now = min(time.seconds, midnight)
            case .nothing: now = midnight
            }
            while now >= midnight {
                turnOver(arrivals)
                midnight += Self.day
            }
        }
    }

    /// The most that was spent within any 24 hours.
    var mostInADay: Int64 {
        var most: Int64 = 0
        var sum: Int64 = 0
        var begin = 0
        for moment in spent {
            sum += moment.bytes
            while spent[begin].at <= moment.at - Self.day {
                sum -= spent[begin].bytes
                begin += 1
            }
            most = max(most, sum)
        }
        return most
    }

    private mutating func note(_ plan: ProofPlan) {
        if first == nil { first = plan }
        last = plan
        plans += 1
        if plan.shortage != nil { shortages += 1 }
    }

    private mutating func prove(_ backup: BackupID) {
        guard let index = kept.firstIndex(where: { $0.backup == backup }) else {
            preconditionFailure("\(backup) is not there")
        }
        isStalestFirst = isStalestFirst && index == 0
        let candidate = kept.remove(at: index)
        now += 1 + candidate.bytes / Self.speed
        let age = self.age(of: candidate)
        oldest = max(oldest, age)
        youngest = min(youngest, age)
        if let budget {
            let before = allowance ?? ProofAllowance(at: Timestamp(seconds: now), bytes: budget)
            allowance = before.refilled(to: Timestamp(seconds: now), budget: budget).spending(candidate.bytes)
        }
        spent.append((at: now, bytes: candidate.bytes))
        add(candidate.backup, candidate.bytes, createdAt: candidate.createdAt)
    }

    /// New backups are as large as those that go, so that the need stays the same.
    private mutating func turnOver(_ arrivals: Int) {
        oldest = max(oldest, kept.first.map { age(of: $0) } ?? 0)
        for number in 0..<arrivals {
            let gone = kept.remove(at: Int.random(in: 0..<kept.count, using: &generator))
            let name = BackupID(time: Timestamp(seconds: now + Int64(number)))
            add(name, gone.bytes, createdAt: Timestamp(seconds: now))
        }
    }

    private mutating func add(_ backup: BackupID, _ bytes: Int64, createdAt: Timestamp) {
        kept.append(
            ProofCandidate(backup: backup, bytes: bytes, createdAt: createdAt, provedAt: Timestamp(seconds: now)))
    }

    private func age(of candidate: ProofCandidate) -> Int64 {
        now - (candidate.provedAt ?? candidate.createdAt).seconds
    }
}
