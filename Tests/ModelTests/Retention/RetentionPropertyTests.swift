import Model
import Testing

@Suite struct RetentionPropertyTests {
    private static let seeds: Range<UInt64> = 0..<400

    @Test("The plan keeps what the definitions of the rules keep, and nothing else")
    func definitions() throws {
        let berlin = try RetentionFixture.berlin()
        for seed in Self.seeds {
            let history = RetentionHistory(seed: seed, locks: true)
            let plan = history.plan(berlin: berlin)
            let oracle = RetentionOracle(history)
            let candidates = history.candidates.sorted { $0.id > $1.id }
            let expected: [RetentionDecision.Action] = candidates.map { candidate in
                if oracle.keeps(candidate) { return .keep }
                return candidate.isLocked ? .locked : .delete
            }
            #expect(plan.decisions.map(\.id) == candidates.map(\.id), "seed \(seed)")
            #expect(plan.decisions.map(\.action) == expected, "seed \(seed), \(history.policy)")
        }
    }

    @Test("Every decision has a reason in words")
    func reasons() throws {
        let berlin = try RetentionFixture.berlin()
        for seed in Self.seeds {
            let plan = RetentionHistory(seed: seed, locks: true).plan(berlin: berlin)
            let isComplete = plan.decisions.allSatisfy { decision in
                !decision.reasons.isEmpty && decision.reasons.allSatisfy { !$0.text.isEmpty }
            }
            #expect(isComplete, "seed \(seed)")
        }
    }

    @Test("The newest verified backup is always kept")
    func newestVerified() throws {
        let berlin = try RetentionFixture.berlin()
        for seed in Self.seeds {
            let history = RetentionHistory(seed: seed)
            let verified = history.candidates.filter { $0.state == .verified }.map(\.id)
            let kept = Set(history.plan(berlin: berlin).kept)
            for newest in [verified.max(), verified.filter { $0.time <= history.now }.max()].compactMap({ $0 }) {
                #expect(kept.contains(newest), "seed \(seed)")
            }
        }
    }

    @Test("A plan that was carried out, wholly or in part, leaves nothing new to delete")
    func idempotence() throws {
        let berlin = try RetentionFixture.berlin()
        for seed in Self.seeds {
            let history = RetentionHistory(seed: seed)
            let deletions = history.plan(berlin: berlin).deletions
            for done in [deletions.count, deletions.count / 2, min(1, deletions.count)] {
                let rest = history.without(deletions.prefix(done)).plan(berlin: berlin)
                #expect(rest.deletions == Array(deletions.dropFirst(done)), "seed \(seed), \(done) deleted")
            }
        }
    }

    @Test("The order in which backups are listed does not matter")
    func order() throws {
        let berlin = try RetentionFixture.berlin()
        for seed in Self.seeds {
            var history = RetentionHistory(seed: seed, locks: true)
            let plan = history.plan(berlin: berlin)
            history.candidates.reverse()
            #expect(history.plan(berlin: berlin) == plan, "seed \(seed)")
            history.candidates.sort { $0.id < $1.id }
            #expect(history.plan(berlin: berlin) == plan, "seed \(seed)")
        }
    }

    @Test("Unverified backups never count: without them, the rules keep the same")
    func unverified() throws {
        let berlin = try RetentionFixture.berlin()
        for seed in Self.seeds {
            let history = RetentionHistory(seed: seed)
            let unverified = history.candidates.filter { candidate in
                candidate.state == .different || (history.asksForProof && candidate.state == .unproved)
            }
            let with = Self.ruleReasons(history.plan(berlin: berlin))
            let without = Self.ruleReasons(history.without(unverified.map(\.id)).plan(berlin: berlin))
            for candidate in unverified where candidate.id.time <= history.now && !history.policy.isEmpty {
                #expect(with[candidate.id] == nil, "seed \(seed)")
            }
            for (id, reasons) in without { #expect(with[id] == reasons, "seed \(seed)") }
        }
    }

    /// The reasons but those that come from waiting.
    private static func ruleReasons(_ plan: RetentionPlan) -> [BackupID: [RetentionReason]] {
        var all: [BackupID: [RetentionReason]] = [:]
        for decision in plan.decisions where decision.action == .keep {
            let reasons = decision.reasons.filter { reason in
                switch reason {
                case .awaits, .awaited, .noneVerifiedAfter: false
                default: true
                }
            }
            if !reasons.isEmpty { all[decision.id] = reasons }
        }
        return all
    }

    @Test("A freeze deletes nothing and tells what it holds back")
    func freeze() throws {
        let berlin = try RetentionFixture.berlin()
        let freeze = Freeze(reason: "a rebuilt catalog", since: Timestamp(seconds: 0))
        for seed in Self.seeds {
            let history = RetentionHistory(seed: seed, locks: true)
            let frozen = history.plan(berlin: berlin, freeze: freeze)
            let held = frozen.decisions.reversed().filter { $0.wouldDelete }.map(\.id)
            #expect(frozen.kept.count == history.candidates.count, "seed \(seed)")
            #expect(held == history.plan(berlin: berlin).deletions, "seed \(seed)")
        }
    }

    @Test("One more backup takes none that the rules still keep")
    func oneMore() throws {
        let berlin = try RetentionFixture.berlin()
        for seed in Self.seeds {
            var history = RetentionHistory(seed: seed)
            history = history.without(history.plan(berlin: berlin).deletions)
            let newest = history.candidates.map(\.id.time.seconds).max() ?? history.now.seconds
            let later = Timestamp(seconds: max(newest, history.now.seconds) + 86_400)
            history.candidates.append(RetentionCandidate(id: BackupID(time: later), state: .verified))
            history.now = later
            let oracle = RetentionOracle(history)
            for id in history.plan(berlin: berlin).deletions {
                #expect(!oracle.aRuleKeeps(id), "seed \(seed), \(id)")
            }
        }
    }

    @Test("Retention after every backup leaves what it would leave at the end")
    func stepByStep() throws {
        let berlin = try RetentionFixture.berlin()
        for seed in Self.seeds {
            var whole = RetentionHistory(seed: seed)
            whole.candidates.sort { $0.id < $1.id }
            if let newest = whole.candidates.last { whole.now = max(whole.now, newest.id.time) }
            var step = whole
            step.candidates = []
            for candidate in whole.candidates {
                step.candidates.append(candidate)
                step.now = candidate.id.time
                step = step.without(step.plan(berlin: berlin).deletions)
            }
            step.now = whole.now
            #expect(step.plan(berlin: berlin).kept == whole.plan(berlin: berlin).kept, "seed \(seed)")
        }
    }

    @Test("A clock set back deletes nothing that the right clock would keep")
    func clockSetBack() throws {
        let berlin = try RetentionFixture.berlin()
        for seed in Self.seeds {
            var history = RetentionHistory(seed: seed)
            let right = Set(history.plan(berlin: berlin).deletions)
            for days in [1, 10, 100, 10_000] as [Int64] {
                var set = history
                set.now = Timestamp(seconds: history.now.seconds - days * 86_400)
                #expect(right.isSuperset(of: set.plan(berlin: berlin).deletions), "seed \(seed), \(days) days")
            }
            history.now = Timestamp(seconds: 0)
            #expect(history.plan(berlin: berlin).deletions.isEmpty, "seed \(seed)")
        }
    }
}
