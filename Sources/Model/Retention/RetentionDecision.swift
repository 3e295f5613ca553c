/// What becomes of a backup, and why.
package struct RetentionDecision: Sendable, Equatable {
    package enum Action: String, Sendable, CaseIterable {
        case keep
        case delete
        /// No rule keeps it, but a lock of the bucket does for now. Not a failure: it goes when the lock has ended.
        case locked
    }

    package let id: BackupID
    package let state: RetentionCandidate.State
    package let action: Action
    /// At least one. Where a freeze or a lock keeps the backup, that comes first and then why it would go otherwise.
    package let reasons: [RetentionReason]
    /// Whether only the freeze keeps it: without that, the action would be `delete`.
    package let wouldDelete: Bool

    /// The reasons in one line: `keep_last: number 1 of 7; keep_daily: the last of 2026-03-15 (1 of 14)`.
    package var text: String {
        reasons.map(\.text).joined(separator: "; ")
    }

    /// Kept for `reasons`.
    init(keeping candidate: RetentionCandidate, _ reasons: [RetentionReason]) {
        id = candidate.id
        state = candidate.state
        action = .keep
        wouldDelete = false
        self.reasons = reasons
    }

    /// No rule keeps it: deleted, unless `freeze` or a lock holds it.
    init(dropping candidate: RetentionCandidate, _ reason: RetentionReason, freeze: Freeze?) {
        id = candidate.id
        state = candidate.state
        let held: [RetentionReason] = candidate.isLocked ? [.locked, reason] : [reason]
        if let freeze {
            action = .keep
            reasons = [.frozen(freeze)] + held
            wouldDelete = !candidate.isLocked
        } else {
            action = candidate.isLocked ? .locked : .delete
            reasons = held
            wouldDelete = false
        }
    }
}
