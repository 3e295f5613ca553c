import Model

/// Something that happened.
package struct EventRecord: Sendable, Equatable, Identifiable {
    /// 0 until the catalog has given one; ids ascend, and are never given twice.
    package let id: Int64
    package let at: Timestamp
    package let kind: EventKind
    /// Nil where no single database is concerned.
    package let database: String?
    /// In words for people; holds no secret.
    package let text: String
    /// What a person can do about it; nil where there is nothing to do, or nothing that is known.
    package let hint: String?
    /// The run that it is about.
    package let run: Int64?
    /// The backup that it is about.
    package let backup: BackupID?
    /// The verification that it is about.
    package let verification: Int64?

    package init(
        id: Int64 = 0, at: Timestamp, kind: EventKind, database: String? = nil, text: String, hint: String? = nil,
        run: Int64? = nil, backup: BackupID? = nil, verification: Int64? = nil
    ) {
        self.id = id
        self.at = at
        self.kind = kind
        self.database = database
        self.text = text
        self.hint = hint
        self.run = run
        self.backup = backup
        self.verification = verification
    }

    /// The same with the id that the catalog has given.
    func kept(as id: Int64) -> EventRecord {
        EventRecord(
            id: id, at: at, kind: kind, database: database, text: text, hint: hint, run: run, backup: backup,
            verification: verification)
    }

    static let columns = "id, at, kind, database, text, hint, run, backup, verification"

    init(reading columns: inout Columns) throws {
        id = try columns.integer()
        at = try columns.time()
        kind = try columns.choice()
        database = try columns.optionalText()
        text = try columns.text()
        hint = try columns.optionalText()
        run = try columns.optionalInteger()
        backup = try columns.optionalBackupID()
        verification = try columns.optionalInteger()
    }
}
