import Model

/// A verification of a backup, as the catalog knows it; the whole report is in the store.
package struct VerificationRecord: Sendable, Equatable, Identifiable {
    /// 0 until the catalog has given one; never given twice.
    package let id: Int64
    package let backup: BackupID
    package let database: String
    /// The store's name in the configuration.
    package let store: String
    /// When it ended.
    package let at: Timestamp
    package let level: VerificationLevel
    package let outcome: VerificationReport.Outcome
    /// How long it took.
    package let seconds: Double
    /// How many were found.
    package let differences: Int
    /// The report's key in the store; nil where it could not be put there.
    package let reportKey: String?

    package init(
        id: Int64 = 0, backup: BackupID, database: String, store: String, at: Timestamp, level: VerificationLevel,
        outcome: VerificationReport.Outcome, seconds: Double, differences: Int, reportKey: String?
    ) {
        self.id = id
        self.backup = backup
        self.database = database
        self.store = store
        self.at = at
        self.level = level
        self.outcome = outcome
        self.seconds = seconds
        self.differences = differences
        self.reportKey = reportKey
    }

    static let columns = "id, backup, database, store, at, level, outcome, seconds, differences, report_key"

    init(reading columns: inout Columns) throws {
        id = try columns.integer()
        backup = try columns.backupID()
        database = try columns.text()
        store = try columns.text()
        at = try columns.time()
        level = try columns.choice()
        outcome = try columns.choice()
        seconds = try columns.real()
        differences = Int(try columns.integer())
        reportKey = try columns.optionalText()
    }
}
