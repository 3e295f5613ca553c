import Model
import SQLite

extension Catalog {
    /// Switches an alarm on. One that is on already stays so since the first time, with the new text.
    /// - Parameter event: kept where the alarm is new, in the same transaction.
    /// - Returns: whether it is new.
    @discardableResult
    package func raise(_ alarm: AlarmRecord, telling event: EventRecord? = nil) throws -> Bool {
        try write { database in
            let isNew = try database.isChanged(
                by: """
                    INSERT INTO alarms (\(AlarmRecord.columns)) VALUES (?, ?, ?, ?)
                    ON CONFLICT DO NOTHING RETURNING 1
                    """,
                [.text(alarm.database), .text(alarm.kind.rawValue), .time(alarm.since), .text(alarm.text)])
            if isNew {
                if let event { try post(event, in: database) }
            } else {
                try database.perform(
                    "UPDATE alarms SET text = ?1 WHERE database = ?2 AND alarm = ?3 AND text <> ?1",
                    [.text(alarm.text), .text(alarm.database), .text(alarm.kind.rawValue)])
            }
            return isNew
        }
    }

    /// Switches an alarm off.
    /// - Returns: whether it was on.
    @discardableResult
    package func clear(_ kind: AlarmKind, of name: String) throws -> Bool {
        try write { database in
            try database.isChanged(
                by: "DELETE FROM alarms WHERE database = ? AND alarm = ? RETURNING 1",
                [.text(name), .text(kind.rawValue)])
        }
    }

    /// What is on, by database and kind.
    /// - Parameter name: nil for the alarms of all databases.
    package func alarms(of name: String? = nil) throws -> [AlarmRecord] {
        try read { database in
            try database.select(
                """
                SELECT \(AlarmRecord.columns) FROM alarms WHERE ?1 IS NULL OR database = ?1 ORDER BY database, alarm
                """, [.optional(name)], AlarmRecord.init(reading:))
        }
    }
}
