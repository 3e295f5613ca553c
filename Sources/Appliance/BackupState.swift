import Model

/// What is known about a backup.
package enum BackupState: String, Sendable, Codable {
    /// Restored and found equal.
    case proved
    /// Its stored bytes are those that were written; not restored.
    case checked
    case unproved
    /// A verification found a difference, and none since has taken it back.
    case failed

    package init(report: VerificationReport?) {
        self.init(reports: report.map { [$0] } ?? [])
    }

    /// What was proved once stays proved, also where only the bytes were compared later. Bytes that are right again take
    /// back a difference that only bytes have shown, and no other: what restores wrongly does so until it is proved.
    /// - Parameter reports: Oldest first.
    package init(reports: [VerificationReport]) {
        var isChecked = false
        for report in reports.reversed() {
            if let state = BackupState(settledBy: report, isCheckedLater: isChecked) {
                self = state
                return
            }
            isChecked = isChecked || report.outcome == .checked
        }
        self = isChecked ? .checked : .unproved
    }

    /// What a report says whatever older ones say; nil where those have to be read, too.
    /// - Parameter isCheckedLater: Whether a newer report found the bytes right.
    init?(settledBy report: VerificationReport, isCheckedLater: Bool) {
        switch report.outcome {
        case .proved: self = .proved
        case .different where report.level != .checksum || !isCheckedLater: self = .failed
        case .different, .checked: return nil
        }
    }

    /// Whether a backup counts as verified where a database asks for `level`; without a level every one does in which no
    /// difference is known.
    func meets(_ level: VerificationLevel) -> Bool {
        switch level {
        case .restore: self == .proved
        case .checksum: self == .proved || self == .checked
        case .none: self != .failed
        }
    }

    /// In a sentence about a backup.
    var words: String {
        switch self {
        case .proved: "is proved"
        case .checked: "was checked only, not proved"
        case .unproved: "was never verified"
        case .failed: "is not good, as a verification found"
        }
    }
}
