import Catalog
import Model
import Settings

/// What the daemon remembers of proving backups again: when it looks again, and what stood in the way.
struct ProofRoutine: Sendable {
    /// A backup in one of its stores.
    struct Key: Hashable, Sendable {
        let backup: BackupID
        let database: String
        let store: String
    }

    private struct Trouble: Sendable {
        var count: Int
        var until: Timestamp
    }

    /// However little seems to be due: somebody at the command line may have made backups.
    private static let longestLook: Int64 = 3600
    /// How often a proof makes way for runs; the next time it goes on beside them.
    private static let patience = 2

    private var looks: [String: Timestamp] = [:]
    private var troubles: [Key: Trouble] = [:]
    private var stops: [Key: Int] = [:]

    /// Whether a database has to be looked at.
    func isDue(_ database: String, at now: Timestamp) -> Bool { looks[database].map { $0 <= now } ?? true }

    /// When the next database has to be looked at; nil where none waits.
    var nextLook: Timestamp? { looks.values.min() }

    mutating func look(at database: String, again time: Timestamp, now: Timestamp) {
        looks[database] = min(time, Timestamp(seconds: now.seconds + Self.longestLook))
    }

    /// Something has changed: backups came or went, or were proved.
    mutating func lookSoon(at database: String) { looks[database] = nil }

    /// The configuration has changed.
    mutating func lookAtAll() { looks = [:] }

    // MARK: What stands in the way

    /// Whether it is tried again only later, because nothing could be found out.
    func rests(_ key: Key, at now: Timestamp) -> Timestamp? {
        troubles[key].flatMap { $0.until > now ? $0.until : nil }
    }

    /// - Returns: How many times in a row nothing could be found out.
    mutating func failed(_ key: Key, at now: Timestamp) -> Int {
        let count = (troubles[key]?.count ?? 0) + 1
        troubles[key] = Trouble(
            count: count, until: Timestamp(seconds: now.seconds + RetryPolicy.pause(after: count)))
        return count
    }

    /// A person does not want it now.
    mutating func rest(_ key: Key, until time: Timestamp) {
        troubles[key] = Trouble(count: troubles[key]?.count ?? 0, until: time)
    }

    mutating func ended(_ key: Key) {
        troubles[key] = nil
        stops[key] = nil
    }

    /// Whether a proof makes way for a run: not for ever, or a database with many runs would never be proved.
    func makesWay(_ key: Key) -> Bool { (stops[key] ?? 0) < Self.patience }

    mutating func hasMadeWay(_ key: Key) { stops[key, default: 0] += 1 }
}

extension BackupRecord {
    var proofKey: ProofRoutine.Key { .init(backup: id, database: database, store: store) }
}
