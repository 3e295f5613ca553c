import Catalog
import Model

/// A run that somebody asked for, and that waits for its turn.
struct RunRequest: Sendable {
    enum Kind: Sendable {
        /// - Parameter verify: in place of what the configuration asks for.
        case backup(verify: VerificationLevel?)
        case export(ExportRecord)
    }

    /// Its record in the catalog.
    let run: RunRecord
    let kind: Kind
}

/// Runs that people ask for, in the order in which they came: at most one a database.
struct RequestQueue: Sendable {
    private(set) var entries: [RunRequest] = []

    var databases: Set<String> { Set(entries.map(\.run.database)) }

    mutating func add(_ request: RunRequest) { entries.append(request) }

    /// Whether there is one whose database is free.
    func hasNext(excluding running: Set<String>) -> Bool { first(excluding: running) != nil }

    /// Takes out the first one whose database is free.
    mutating func next(excluding running: Set<String>) -> RunRequest? {
        first(excluding: running).map { entries.remove(at: $0) }
    }

    private func first(excluding running: Set<String>) -> Int? {
        entries.firstIndex { !running.contains($0.run.database) }
    }

    /// Takes out the one with that run.
    mutating func remove(_ run: Int64) -> RunRequest? {
        guard let index = entries.firstIndex(where: { $0.run.id == run }) else { return nil }
        return entries.remove(at: index)
    }
}
