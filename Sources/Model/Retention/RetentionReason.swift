/// Why a backup is kept, or why it may go.
package enum RetentionReason: Sendable, Equatable {
    // Reasons to keep it.

    /// One of the newest `limit`; `number` is counted from 1, the newest.
    case last(number: Int, limit: Int)
    /// The newest of a period, which is the `number`th of at most `limit`, counted from the newest.
    case newestOf(RetentionPeriod, name: String, number: Int, limit: Int)
    /// The oldest backup, kept while only `found` of `limit` periods have one.
    case oldest(RetentionPeriod, found: Int, limit: Int)
    /// Newer than the newest backup that counts, less the duration.
    case within(Duration, of: BackupID)
    case newestVerified
    /// The newest backup of a database that asks for no proof.
    case newestUnproved
    /// Not verified, and neither is any newer one.
    case noneVerifiedAfter(RetentionCandidate.State)
    /// Not verified, and the first verified one after it is less than a week old.
    case awaits(RetentionCandidate.State, BackupID, age: Duration)
    /// The first verified one after an unverified one that waits for it to be a week old.
    case awaited(by: BackupID)
    case noRetention
    case inFuture

    // Reasons why it may go.

    case noRule
    /// Not verified, and the first verified one after it is a week old.
    case superseded(RetentionCandidate.State, by: BackupID)

    // What keeps it although it may go.

    case frozen(Freeze)
    case locked

    /// For people: a clause without a full stop.
    package var text: String {
        switch self {
        case .last(let number, let limit):
            return "keep_last: number \(Self.share(number, limit))"
        case .newestOf(let period, let name, let number, let limit):
            return "\(period.rawValue): the last of \(name) (\(Self.share(number, limit)))"
        case .oldest(let period, let found, let limit):
            let oldest = "\(period.rawValue): the oldest there is"
            if limit == RetentionPolicy.unlimited { return oldest }
            return "\(oldest), as only \(Self.share(found, limit)) \(period.plural) have one"
        case .within(let duration, let newest):
            return "keep_within: less than \(DurationText.written(duration)) before \(newest)"
        case .newestVerified:
            return "the newest verified backup"
        case .newestUnproved:
            return "the newest backup; the database asks for no proof"
        case .noneVerifiedAfter(let state):
            return "\(state.words); no newer backup is verified"
        case .awaits(let state, let successor, let age):
            return "\(state.words); a newer verified one must be a week old first "
                + "(\(successor) is \(DurationText.format(age)) old)"
        case .awaited(let waiting):
            return "the first verified one after \(waiting), which is kept until this one is a week old"
        case .noRetention:
            return "no retention is configured"
        case .inFuture:
            return "dated in the future of this machine's clock"
        case .noRule:
            return "no rule keeps it"
        case .superseded(let state, let successor):
            return "\(state.words), and \(successor), newer and verified, is a week old"
        case .frozen(let freeze):
            return freeze.text
        case .locked:
            return "the bucket's lock holds it"
        }
    }

    /// `3 of 14`, or `3` where there is no limit.
    private static func share(_ number: Int, _ limit: Int) -> String {
        limit == RetentionPolicy.unlimited ? "\(number)" : "\(number) of \(limit)"
    }
}
