import Model

/// Runs that wait for their turn, in the order in which they came: at most one a database, and one that is gone on with.
struct RunQueue: Sendable {
    struct Entry: Sendable, Equatable {
        let database: String
        let slot: Timestamp
        /// Earlier slots that it stands for, too.
        var missed: Int
        /// 1 for the first.
        var attempt: Int
        /// Not before.
        var from: Timestamp
        /// Whether an earlier process has its snapshot already: no later slot takes its place.
        var goesOn = false
        /// Whether such runs have brought their processes down: whoever takes its place waits as long.
        var isDangerous = false
        /// Whether the last attempt failed for want of disk space.
        var needsSpace = false
    }

    private(set) var entries: [Entry] = []

    /// A slot that comes while an older one waits takes its place in the queue, and stands for both.
    mutating func add(_ entry: Entry) {
        if entry.goesOn {
            // Before later slots of its database, which would take what it has from it.
            let index = entries.firstIndex { $0.database == entry.database } ?? entries.endIndex
            return entries.insert(entry, at: index)
        }
        guard let index = entries.firstIndex(where: { $0.database == entry.database && !$0.goesOn }) else {
            return entries.append(entry)
        }
        let waiting = entries[index]
        guard entry.slot > waiting.slot else { return }
        var merged = entry
        merged.missed += waiting.missed + 1
        merged.needsSpace = entry.needsSpace || waiting.needsSpace
        if waiting.isDangerous {
            merged.from = max(entry.from, waiting.from)
            merged.isDangerous = true
        }
        entries[index] = merged
    }

    /// Takes out the first run that may start.
    mutating func next(at now: Timestamp, excluding running: Set<String>) -> Entry? {
        guard let entry = first(excluding: running).first(where: { $0.from <= now }),
            let index = entries.firstIndex(of: entry)
        else { return nil }
        return entries.remove(at: index)
    }

    /// When a run may start for which nothing but the time is missing.
    func nextStart(excluding running: Set<String>) -> Timestamp? {
        first(excluding: running).map(\.from).min()
    }

    /// Of each database the entry whose turn comes first.
    private func first(excluding running: Set<String>) -> [Entry] {
        var seen = running
        return entries.filter { seen.insert($0.database).inserted }
    }

    /// Lets nobody wait longer than until `time`: what was to come may be far away once somebody has set the clock.
    mutating func start(by time: Timestamp) {
        for index in entries.indices { entries[index].from = min(entries[index].from, time) }
    }

    /// Runs of databases that are not configured any more.
    mutating func keepOnly(_ databases: Set<String>) {
        entries.removeAll { !databases.contains($0.database) }
    }
}
