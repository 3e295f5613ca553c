/// A backup on which retention decides.
package struct RetentionCandidate: Sendable, Equatable {
    /// What is known of a backup.
    package enum State: Sendable, CaseIterable {
        /// The last verification, at the level that the database asks for or a higher one, found no difference.
        case verified
        /// Not verified yet, or verification was not possible, or only at a lower level.
        case unproved
        /// The last verification found a difference.
        case different

        /// For people, as the beginning of a sentence about one backup.
        var words: String {
            switch self {
            case .verified: "verified"
            case .unproved: "unproved"
            case .different: "verification found a difference"
            }
        }
    }

    package let id: BackupID
    package let state: State
    /// Whether a lock of the bucket keeps the store from deleting it for now.
    package let isLocked: Bool

    package init(id: BackupID, state: State, isLocked: Bool = false) {
        self.id = id
        self.state = state
        self.isLocked = isLocked
    }

    /// One entry for a backup that is listed twice: the less certain state, and locked if either is.
    func merged(with other: RetentionCandidate) -> RetentionCandidate {
        let either = [state, other.state]
        let less: State = either.contains(.different) ? .different : either.contains(.unproved) ? .unproved : .verified
        return RetentionCandidate(id: id, state: less, isLocked: isLocked || other.isLocked)
    }
}
