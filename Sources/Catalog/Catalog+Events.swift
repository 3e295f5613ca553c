import Model
import SQLite

extension Catalog {
    /// Adds an event, and the messages that tell of it.
    /// - Parameter event: its id does not matter.
    /// - Returns: the id that it has in the catalog.
    @discardableResult
    package func add(_ event: EventRecord) throws -> Int64 {
        try write { database in try post(event, in: database) }
    }

    /// The same in the transaction of what the event tells of.
    @discardableResult
    func post(_ event: EventRecord, in database: Database) throws -> Int64 {
        let ids = try database.select(
            """
            INSERT INTO events (at, kind, database, text, hint, run, backup, verification)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id
            """,
            [
                .time(event.at), .text(event.kind.rawValue), .optional(event.database), .text(event.text),
                .optional(event.hint), .optional(event.run), .id(event.backup), .optional(event.verification),
            ]
        ) { columns in try columns.integer() }
        let event = event.kept(as: ids.first ?? 0)
        guard let subscriber, subscriber.wants(event) else { return event.id }
        let facts = try event.database.map { name in try Self.facts(about: name, in: database) }
        for message in try subscriber.messages(about: event, facts) { try insert(message, into: database) }
        return event.id
    }

    /// Events with a greater id than `id`, in the order in which they were added.
    package func events(after id: Int64 = 0, limit: Int) throws -> [EventRecord] {
        try events("WHERE id > ? ORDER BY id LIMIT ?", [.integer(id), .integer(Int64(max(limit, 0)))])
    }

    /// The newest events, newest first.
    package func latestEvents(limit: Int) throws -> [EventRecord] {
        try events("ORDER BY id DESC LIMIT ?", [.integer(Int64(max(limit, 0)))])
    }

    /// The newest event of one of some kinds, however many of others have come since; nil where there is none.
    package func latestEvent(of kinds: [EventKind]) throws -> EventRecord? {
        let marks = kinds.map { _ in "?" }.joined(separator: ", ")
        return try events("WHERE kind IN (\(marks)) ORDER BY id DESC LIMIT 1", kinds.map { .text($0.rawValue) }).first
    }

    /// The newest events of one database, newest first.
    package func events(of name: String, limit: Int) throws -> [EventRecord] {
        try events("WHERE database = ? ORDER BY id DESC LIMIT ?", [.text(name), .integer(Int64(max(limit, 0)))])
    }

    /// Forgets events of before `time`.
    /// - Returns: how many.
    @discardableResult
    package func forgetEvents(before time: Timestamp) throws -> Int {
        try write { database in
            try database.select("DELETE FROM events WHERE at < ? RETURNING id", [.time(time)]) { columns in
                try columns.integer()
            }.count
        }
    }

    private func events(_ clause: String, _ values: [SQLValue]) throws -> [EventRecord] {
        try read { database in
            try database.select(
                "SELECT \(EventRecord.columns) FROM events \(clause)", values, EventRecord.init(reading:))
        }
    }
}
