import Model

/// What is known about a backup.
package enum BackupState: String, Sendable, Codable {
    /// Restored and found equal.
    case proved
    /// Its stored bytes are those that were written; not restored.
    case checked
    case unproved
    /// The newest verification found a difference.
    case failed

    package init(report: VerificationReport?) {
        self.init(reports: report.map { [$0] } ?? [])
    }

    /// - Parameter reports: Oldest first. A difference counts if the newest report found it, whatever its level; what was
    ///   proved once stays proved, also where only the bytes were compared later.
    package init(reports: [VerificationReport]) {
        if reports.last?.outcome == .different {
            self = .failed
        } else if reports.contains(where: { $0.outcome == .proved }) {
            self = .proved
        } else if reports.contains(where: { $0.outcome == .checked }) {
            self = .checked
        } else {
            self = .unproved
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
        case .failed: "is not good, as its newest verification says"
        }
    }
}
