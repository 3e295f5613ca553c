/// What retention makes of the backups of one database at one moment: a decision on each, with its reasons.
///
/// - A backup is kept if any rule of the policy keeps it. Only verified backups count towards a rule. A database whose
///   configuration asks for no proof (`after_backup: none`) would never lose a backup then: there the unproved ones
///   count like verified ones, and the newest backup is kept whatever its state.
/// - The newest verified backup is never deleted.
/// - A backup that does not count, because it is unproved or a difference was found in it, stays until a newer verified
///   one is a week old by the clock, so that a person has had time to look. The first verified one after it stays for
///   that week too, even if no rule keeps it: under rules that keep less than a week, none would ever be that old.
/// - A freeze keeps everything, and the decisions say what it keeps from being deleted. A found difference is no freeze
///   by itself: after `nightjar accept` it only waits like an unproved backup.
/// - A backup dated after `now` comes from a clock that was wrong, then or now. It is kept, and counts for nothing:
///   neither as the newest, nor towards a rule, nor as the verified one for which others wait. A clock set back thus
///   deletes nothing that the right clock would keep.
/// - What no rule keeps but the bucket's lock does is `locked`.
///
/// Deleting what a plan says and planning again at the same moment deletes nothing more. Where no state changes,
/// retention after every backup leaves what it would leave if applied once at the end.
package struct RetentionPlan: Sendable, Equatable {
    /// How old a verified backup must be before an older, unverified one may go.
    package static let patience = Duration.seconds(7 * 86_400)

    /// One for each backup, newest first.
    package let decisions: [RetentionDecision]

    /// What to delete, oldest first. A deletion that ends midway leaves a state in which the next plan says the same.
    package var deletions: [BackupID] {
        decisions.reversed().filter { $0.action == .delete }.map(\.id)
    }

    /// - Parameters:
    ///   - candidates: all backups of the database that exist, in any order.
    ///   - policy: nil keeps everything, and so does an empty one.
    ///   - zone: the database's, in which hours, days, weeks, months and years begin.
    ///   - asksForProof: false for a database with `after_backup: none`.
    ///   - freeze: nil where deletion is not frozen.
    package init(
        candidates: [RetentionCandidate], policy: RetentionPolicy?, zone: TimeZoneRules, now: Timestamp,
        asksForProof: Bool, freeze: Freeze?
    ) {
        let all = Self.eachOnce(candidates)
        guard let policy, !policy.isEmpty else {
            decisions = all.map { RetentionDecision(keeping: $0, [.noRetention]) }
            return
        }
        var findings = RetentionFindings()
        findings.keep(all.filter { $0.id.time > now }, for: .inFuture)
        let past = all.filter { $0.id.time <= now }
        let counted = past.filter { asksForProof ? $0.state == .verified : $0.state != .different }
        findings.keepNewest(of: past, counted: counted)
        for (candidate, reasons) in zip(counted, policy.reasons(for: counted.map(\.id), in: zone)) {
            findings.keeps[candidate.id, default: []] += reasons
        }
        findings.judgeUnverified(among: past, now: now, asksForProof: asksForProof)
        decisions = all.map { candidate in
            if let reasons = findings.keeps[candidate.id], !reasons.isEmpty {
                return RetentionDecision(keeping: candidate, reasons)
            }
            return RetentionDecision(
                dropping: candidate, findings.drops[candidate.id] ?? .noRule, freeze: freeze)
        }
    }

    /// Newest first; a backup listed twice must not be kept as one and deleted as the other.
    private static func eachOnce(_ candidates: [RetentionCandidate]) -> [RetentionCandidate] {
        var unique: [BackupID: RetentionCandidate] = [:]
        for candidate in candidates {
            unique[candidate.id] = unique[candidate.id]?.merged(with: candidate) ?? candidate
        }
        return unique.values.sorted { $0.id > $1.id }
    }
}

/// What was found out about each backup so far.
private struct RetentionFindings {
    var keeps: [BackupID: [RetentionReason]] = [:]
    /// Why one that nothing keeps may go, where it is not for want of a rule.
    var drops: [BackupID: RetentionReason] = [:]

    mutating func keep(_ candidates: [RetentionCandidate], for reason: RetentionReason) {
        for candidate in candidates { keeps[candidate.id, default: []].append(reason) }
    }

    /// Both lists newest first.
    mutating func keepNewest(of past: [RetentionCandidate], counted: [RetentionCandidate]) {
        if let verified = past.first(where: { $0.state == .verified }) {
            keep([verified], for: .newestVerified)
        }
        if let newest = counted.first, newest.state == .unproved {
            keep([newest], for: .newestUnproved)
        }
    }

    /// Decides on those that do not count; `past` is newest first.
    mutating func judgeUnverified(among past: [RetentionCandidate], now: Timestamp, asksForProof: Bool) {
        var successor: BackupID?
        var isAwaited = false
        for candidate in past {
            if candidate.state == .verified {
                successor = candidate.id
                isAwaited = false
                continue
            }
            if candidate.state == .unproved && !asksForProof { continue }
            guard let verified = successor else {
                keep([candidate], for: .noneVerifiedAfter(candidate.state))
                continue
            }
            let age = verified.time.age(at: now)
            if age >= RetentionPlan.patience {
                drops[candidate.id] = .superseded(candidate.state, by: verified)
                continue
            }
            keep([candidate], for: .awaits(candidate.state, verified, age: age))
            if !isAwaited {
                isAwaited = true
                keeps[verified, default: []].append(.awaited(by: candidate.id))
            }
        }
    }
}
