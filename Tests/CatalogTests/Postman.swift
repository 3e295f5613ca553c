import Catalog
import Model
import SQLite
import Synchronization

/// Makes a message to each of its channels of every event, and remembers what it was told.
final class Postman: EventSubscriber {
    struct Told: Sendable, Equatable {
        let event: EventRecord
        let facts: EventFacts?
    }

    struct Refusal: Error {}

    private struct State {
        var told: [Told] = []
        var rings = 0
    }

    private let channels: [String]
    private let state: DeliveryState
    private let kinds: Set<EventKind>
    private let refuses: Bool
    private let log = Mutex(State())

    /// - Parameters:
    ///   - state: Of the messages that it makes.
    ///   - kinds: What it wants to be told of.
    ///   - refuses: Whether it throws in place of making messages.
    init(
        _ channels: [String], state: DeliveryState = .pending, kinds: [EventKind] = EventKind.allCases,
        refuses: Bool = false
    ) {
        self.channels = channels
        self.state = state
        self.kinds = Set(kinds)
        self.refuses = refuses
    }

    var told: [Told] { log.withLock { $0.told } }

    /// How often somebody was called for a message.
    var rings: Int { log.withLock { $0.rings } }

    func ring() { log.withLock { $0.rings += 1 } }

    func wants(_ event: EventRecord) -> Bool { kinds.contains(event.kind) }

    func messages(about event: EventRecord, _ facts: EventFacts?) throws -> [DeliveryRecord] {
        if refuses { throw Refusal() }
        log.withLock { $0.told.append(Told(event: event, facts: facts)) }
        return channels.map { channel in
            DeliveryRecord(
                channel: channel, subject: event.kind.rawValue, url: "", body: event.text, createdAt: event.at,
                state: state)
        }
    }
}

extension Catalog {
    /// Has a postman make messages, and rings its bell for each commit with some.
    func subscribe(_ postman: Postman) {
        subscribe(postman) { postman.ring() }
    }

    /// Posts a message to a channel, whose body is its number.
    /// - Returns: its id.
    @discardableResult
    func post(_ number: Int64, to channel: String, _ state: DeliveryState = .pending) throws -> Int64 {
        subscribe(Postman([channel], state: state))
        try add(EventRecord(at: later(number), kind: .backupCompleted, text: "\(number)"))
        return try deliveries(of: channel, limit: 1).first?.id ?? 0
    }

    /// The bodies of a channel's messages in a state, oldest first.
    func bodies(of channel: String, _ state: DeliveryState) throws -> [String] {
        try deliveries(of: channel, state: state, limit: 100_000).map(\.body).reversed()
    }
}

/// Puts many messages to a channel into a catalog, numbered from 1, a second apart.
func fill(_ folder: String, _ channel: String, _ state: DeliveryState, _ count: Int) throws {
    try Database(path: "\(folder)/catalog.db", access: .readWrite).execute(
        """
        WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number LIMIT \(count))
        INSERT INTO deliveries (channel, subject, url, body, created_at, state, attempts, next_at, delivered_at)
        SELECT '\(channel)', 'backup.completed', '', n, \(noon.seconds) + n, '\(state.rawValue)', 0, \(noon.seconds) + n,
            \(noon.seconds) + n
        FROM number
        """)
}
