import Foundation
import Model

/// Backups, moments and zones as the tests of retention write them.
enum RetentionFixture {
    /// The moment that `text` names, in UTC.
    static func time(_ text: String) -> Timestamp {
        guard let time = Timestamp(text) else { preconditionFailure("'\(text)' is not a time") }
        return time
    }

    static func id(_ text: String) -> BackupID {
        BackupID(time: time(text))
    }

    /// A backup from `2026-03-15 04:00`, which is verified, or `2026-03-15 04:00 unproved locked`.
    static func backup(_ line: String) -> RetentionCandidate {
        var words = line.split(separator: " ").map(String.init)
        let isLocked = words.last == "locked"
        if isLocked { words.removeLast() }
        var state = RetentionCandidate.State.verified
        if let word = words.last, ["unproved", "different"].contains(word) {
            state = word == "unproved" ? .unproved : .different
            words.removeLast()
        }
        return RetentionCandidate(id: id(words.joined(separator: " ")), state: state, isLocked: isLocked)
    }

    /// The plan an hour after the newest of `lines`, or at `now`.
    static func plan(
        _ lines: [String], _ policy: RetentionPolicy?, zone: TimeZoneRules = .utc, now: String? = nil,
        asksForProof: Bool = true, freeze: Freeze? = nil
    ) -> RetentionPlan {
        let candidates = lines.map(backup)
        let newest = candidates.map(\.id.time.seconds).max() ?? 0
        return RetentionPlan(
            candidates: candidates, policy: policy, zone: zone,
            now: now.map(time) ?? Timestamp(seconds: newest + 3600), asksForProof: asksForProof, freeze: freeze)
    }

    /// Europe/Berlin as the system has it.
    static func berlin() throws -> TimeZoneRules {
        let file = try Data(contentsOf: URL(fileURLWithPath: "/usr/share/zoneinfo/Europe/Berlin"))
        return try TimeZoneRules(name: "Europe/Berlin", tzif: Array(file))
    }
}

extension RetentionPlan {
    /// What stays, newest first; locked ones are not among them.
    var kept: [BackupID] {
        decisions.filter { $0.action == .keep }.map(\.id)
    }

    /// The decision on the backup of this moment.
    func decision(_ text: String) -> RetentionDecision? {
        decisions.first { $0.id == RetentionFixture.id(text) }
    }
}
