import Model

/// The first line of the page: whether the databases are safe, and what to do where they are not.
struct OverviewWords {
    let isProtected: Bool
    let headline: String
    let advice: String

    init(_ all: [StatusReport.Database], now: Timestamp) {
        let databases = all.filter { $0.state != .removed }
        let bad = databases.filter { $0.state != .protected }
        isProtected = bad.isEmpty && !databases.isEmpty
        guard !databases.isEmpty else {
            headline = "No database is configured yet."
            advice = "Add one under databases: in the configuration, then: systemctl reload nightjar"
            return
        }
        guard let first = bad.first else {
            headline =
                databases.count == 1
                ? "The database \(databases[0].name) is protected." : "All \(databases.count) databases are protected."
            let oldest = databases.compactMap(\.lastProofAt).min()
            advice =
                oldest.map { "Oldest verified restore: \(AgeText.format($0, now: now))." } ?? "No proof is asked for."
            return
        }
        headline =
            bad.count == databases.count && bad.count > 1
            ? "None of the \(databases.count) databases is protected."
            : bad.count == 1
                ? "\(first.name) \(first.state.predicate)."
                : "\(bad.count) of \(databases.count) databases need a look."
        advice = bad.count == 1 ? Self.advice(for: first) : Self.summary(of: bad)
    }

    private static func summary(of bad: [StatusReport.Database]) -> String {
        let shown = bad.prefix(3).map { "\($0.name) \($0.state.predicate)" }.joined(separator: "; ")
        return bad.count > 3 ? "\(shown); and \(bad.count - 3) more." : "\(shown)."
    }

    /// What a person should do about it.
    private static func advice(for database: StatusReport.Database) -> String {
        switch database.state {
        case .frozen:
            "Nothing is deleted until somebody has looked: \(database.alarms.last ?? "see its page")"
        case .overdue: database.alarms.first ?? "A backup that should have happened did not."
        case .failing:
            [database.lastFailure?.message, database.lastFailure?.hint].compactMap { $0 }.joined(separator: ". ")
        case .none: "Make the first one: nightjar backup \(database.name)"
        case .unproved: "Prove it: nightjar verify \(database.lastBackup ?? database.name)"
        case .protected, .removed: ""
        }
    }
}

extension StatusReport.State {
    /// Behind a database's name.
    package var predicate: String {
        switch self {
        case .frozen: "is frozen"
        case .overdue: "is overdue"
        case .failing: "was not backed up the last time"
        case .none: "has no backup"
        case .unproved: "has a newest backup that is unproved"
        case .protected: "is protected"
        case .removed: "is no longer configured"
        }
    }
}
