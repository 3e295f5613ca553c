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

    /// Takes out the first one whose database is free.
    mutating func next(excluding running: Set<String>) -> RunRequest? {
        guard let index = entries.firstIndex(where: { !running.contains($0.run.database) }) else { return nil }
        return entries.remove(at: index)
    }

    /// Takes out the one with that run.
    mutating func remove(_ run: Int64) -> RunRequest? {
        guard let index = entries.firstIndex(where: { $0.run.id == run }) else { return nil }
        return entries.remove(at: index)
    }
}
