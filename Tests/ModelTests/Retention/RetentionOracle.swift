import Foundation
import Model

/// The promises of retention once more, each as its definition has it: quadratic, and with Foundation's calendar.
struct RetentionOracle {
    private let history: RetentionHistory
    private let past: [RetentionCandidate]
    private let counted: [BackupID]
    private let verified: [BackupID]
    private let periods: [BackupID: [String]]

    init(_ history: RetentionHistory) {
        self.history = history
        past = history.candidates.filter { $0.id.time <= history.now }
        verified = past.filter { $0.state == .verified }.map(\.id)
        if history.asksForProof {
            counted = verified
        } else {
            counted = past.filter { $0.state == .verified || $0.state == .unproved }.map(\.id)
        }
        var calendar = Calendar(identifier: .iso8601)
        calendar.firstWeekday = 2
        calendar.minimumDaysInFirstWeek = 4
        calendar.timeZone = TimeZone(identifier: history.isInBerlin ? "Europe/Berlin" : "UTC") ?? .current
        var periods: [BackupID: [String]] = [:]
        for id in counted {
            let at = calendar.dateComponents(
                [.year, .month, .day, .hour, .yearForWeekOfYear, .weekOfYear],
                from: Date(timeIntervalSince1970: Double(id.time.seconds)))
            let year = "\(at.year ?? 0)"
            let month = "\(year) \(at.month ?? 0)"
            let day = "\(month) \(at.day ?? 0)"
            let week = "\(at.yearForWeekOfYear ?? 0) \(at.weekOfYear ?? 0)"
            periods[id] = ["\(day) \(at.hour ?? 0)", day, week, month, year]
        }
        self.periods = periods
    }

    /// Whether the backup is to stay, a lock of the bucket apart.
    func keeps(_ candidate: RetentionCandidate) -> Bool {
        let id = candidate.id
        if history.policy.isEmpty || id.time > history.now { return true }
        if id == verified.max() || id == counted.max() || aRuleKeeps(id) { return true }
        return candidate.state == .verified ? isAwaited(id) : waits(candidate)
    }

    /// Whether any rule of the policy keeps the backup.
    func aRuleKeeps(_ id: BackupID) -> Bool {
        guard counted.contains(id) else { return false }
        let newer = counted.filter { $0 > id }
        if newer.count < history.policy.keepLast { return true }
        for (index, period) in RetentionPeriod.allCases.enumerated() {
            let own = periods[id]?[index]
            let periodsOfNewer = Set(newer.compactMap { periods[$0]?[index] })
            let isNewestOfItsPeriod = own.map { !periodsOfNewer.contains($0) } ?? false
            let isWanted = isNewestOfItsPeriod || id == counted.min()
            if isWanted && periodsOfNewer.count < history.policy.limit(of: period) { return true }
        }
        guard let within = history.policy.keepWithin, let newest = counted.max() else { return false }
        return Duration.seconds(newest.time.seconds - id.time.seconds) < within
    }

    /// Whether the backup stays because no newer verified one is a week old.
    private func waits(_ candidate: RetentionCandidate) -> Bool {
        if candidate.state == .unproved && !history.asksForProof { return false }
        return !verified.contains { $0 > candidate.id && isWeekOld($0) }
    }

    /// Whether the backup is the first verified one after one that waits for it.
    private func isAwaited(_ id: BackupID) -> Bool {
        past.contains { candidate in
            candidate.id < id && candidate.state != .verified && !isWeekOld(id)
                && (history.asksForProof || candidate.state == .different)
                && !verified.contains { $0 > candidate.id && $0 < id }
        }
    }

    private func isWeekOld(_ id: BackupID) -> Bool {
        history.now.seconds - id.time.seconds >= 604_800
    }
}
