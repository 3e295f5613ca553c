import Model
import SQLite

extension Catalog {
    /// Nil where the store was reached the last time, or never asked.
    package func storeTrouble(of store: String) throws -> StoreTrouble? {
        try read { database in
            try database.select(
                "SELECT \(StoreTrouble.columns) FROM store_troubles WHERE store = ?", [.text(store)],
                StoreTrouble.init(reading:)
            ).first
        }
    }

    /// A store could not be reached. A trouble that is known already stays so since the first time, with the new text.
    /// - Parameter event: kept where the trouble is new, in the same transaction.
    /// - Returns: whether it is new.
    @discardableResult
    package func raise(storeTrouble trouble: StoreTrouble, telling event: EventRecord) throws -> Bool {
        try write { database in
            let isNew = try database.isChanged(
                by: """
                    INSERT INTO store_troubles (\(StoreTrouble.columns)) VALUES (?, ?, ?)
                    ON CONFLICT DO NOTHING RETURNING 1
                    """, [.text(trouble.store), .time(trouble.since), .text(trouble.text)])
            if isNew {
                try post(event, in: database)
            } else {
                try database.perform(
                    "UPDATE store_troubles SET text = ?1 WHERE store = ?2 AND text <> ?1",
                    [.text(trouble.text), .text(trouble.store)])
            }
            return isNew
        }
    }

    /// A store was reached.
    /// - Parameter event: kept where there was a trouble, in the same transaction.
    /// - Returns: whether there was one.
    @discardableResult
    package func clear(storeTrouble store: String, telling event: EventRecord) throws -> Bool {
        // Each access that goes well comes here: it costs a look, and no transaction.
        guard try storeTrouble(of: store) != nil else { return false }
        return try write { database in
            let wasThere = try database.isChanged(
                by: "DELETE FROM store_troubles WHERE store = ? RETURNING 1", [.text(store)])
            if wasThere { try post(event, in: database) }
            return wasThere
        }
    }
}
