import Model

extension SourceComparison {
    /// What has changed in a database since its backup.
    package struct Report: Sendable, Encodable {
        /// The backup's.
        package let id: String
        package let database: String
        /// The source's file, or the host of a remote one.
        package let source: String
        /// When the source was in the state that the backup holds.
        package let backupTakenAt: Timestamp
        /// When the source was in the state that was compared.
        package let comparedAt: Timestamp
        /// Whether nothing has changed at all.
        package let isUnchanged: Bool
        /// Those of the backup in its order, then new ones.
        package let tables: [Table]
        /// Views, indexes, triggers and virtual tables.
        package let schema: [SchemaChange]
        package let settings: [SettingChange]
        /// Tables that were not compared, because a pattern leaves them out of backups.
        package let excluded: [Manifest.Excluded]
        /// What a person should know; one sentence each.
        package var notes: [String]

        init(
            id: String, database: String, source: String, backupTakenAt: Timestamp, comparedAt: Timestamp,
            tables: [Table], schema: [SchemaChange], settings: [SettingChange], excluded: [Manifest.Excluded],
            notes: [String]
        ) {
            self.id = id
            self.database = database
            self.source = source
            self.backupTakenAt = backupTakenAt
            self.comparedAt = comparedAt
            self.tables = tables
            self.schema = schema
            self.settings = settings
            self.excluded = excluded
            self.notes = notes
            isUnchanged = !tables.contains { $0.differs } && schema.isEmpty && settings.isEmpty
        }
    }
}

extension SourceComparison.Report {
    package enum TableChange: String, Sendable, Encodable {
        case unchanged, moreRows, fewerRows, contentChanged
        /// It is not in the backup.
        case added
        /// It is in the backup only.
        case gone

        /// Of a table whose digest is another one.
        static func between(_ before: Int64, and now: Int64) -> TableChange {
            if now == before { return .contentChanged }
            return now > before ? .moreRows : .fewerRows
        }
    }

    package struct Table: Sendable, Encodable {
        package let name: SQLText
        /// Where the counts differ, nobody can tell whether the content of the other rows does.
        package let change: TableChange
        package var rowsInBackup: Int64?
        package var rowsNow: Int64?
        /// Whether its CREATE TABLE is another one.
        package let isRedefined: Bool
        /// Whether a virtual table keeps its data in it.
        package let isShadow: Bool

        package var differs: Bool { change != .unchanged || isRedefined }
    }

    package enum ObjectChange: String, Sendable, Encodable {
        case added, dropped, changed
    }

    package struct SchemaChange: Sendable, Encodable {
        package let change: ObjectChange
        /// `table` (a virtual one), `view`, `index` or `trigger`.
        package let type: String
        package let name: SQLText
        package let table: SQLText

        init(_ change: ObjectChange, _ object: Manifest.SchemaObject) {
            self.change = change
            type = object.type
            name = object.name
            table = object.table
        }
    }

    /// Of a pragma: `user_version`, `encoding`, …
    package struct SettingChange: Sendable, Encodable {
        package let name: String
        package let inBackup: String
        package let now: String
    }
}
