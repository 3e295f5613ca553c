/// Which events a channel is told of.
package enum EventChoice: Sendable, Equatable {
    /// What somebody has to look at, and that it is over.
    case problems
    /// All but the beginnings of runs.
    case all
    /// Names and patterns such as `backup.*`, as `Glob` reads them; never empty.
    case matching([String])

    package func contains(_ kind: EventKind) -> Bool {
        switch self {
        case _ where kind == .notifyTest: true
        case .problems: kind.meaning != .good
        case .all: kind != .backupStarted
        case .matching(let patterns): patterns.contains { Glob($0).matches(SQLText(kind.rawValue)) }
        }
    }
}
