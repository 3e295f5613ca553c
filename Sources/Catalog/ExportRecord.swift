import Model

/// Where an export that somebody asked for stands.
package enum ExportState: String, Sendable, Codable, CaseIterable {
    /// Waits for its turn.
    case queued
    case running
    /// Its dump can be downloaded.
    case completed
    case failed
    /// A person ended it.
    case cancelled
    /// Its dump was kept for as long as was promised, and is deleted.
    case expired

    /// Whether the export has not ended yet.
    package var isActive: Bool { self == .queued || self == .running }
}

/// A dump that somebody asked for over the API: apart from the backups of the schedule, and kept for a while only.
package struct ExportRecord: Sendable, Equatable, Identifiable {
    /// Unique among exports and backups of the appliance.
    package let id: BackupID
    package let database: String
    /// The store's name in the configuration.
    package let store: String
    /// Its run in the catalog; nil before that begins, and once it is forgotten.
    package let run: Int64?
    package let format: DumpFormat
    /// Whether the dump holds the schema besides the rows.
    package let includesSchema: Bool
    package let chunkRows: Int
    /// The level at which the dump is verified before it is completed.
    package let verify: VerificationLevel
    /// The name of the token that asked.
    package let requester: String
    /// Who is told of the end.
    package let callbackURL: String?
    package let state: ExportState
    /// When it was asked for.
    package let createdAt: Timestamp
    package let finishedAt: Timestamp?
    /// When its dump is deleted; nil before the end, and where there is none.
    package let expiresAt: Timestamp?
    /// Nil until they are counted.
    package let totalRows: Int64?
    package let rows: Int64
    /// Of the uncompressed dump.
    package let dumpBytes: Int64
    /// In the store.
    package let storedBytes: Int64
    /// Why it did not end well.
    package let failure: RunFailure?

    package init(
        id: BackupID, database: String, store: String, run: Int64? = nil, format: DumpFormat, includesSchema: Bool,
        chunkRows: Int, verify: VerificationLevel, requester: String, callbackURL: String? = nil,
        state: ExportState = .queued, createdAt: Timestamp, finishedAt: Timestamp? = nil, expiresAt: Timestamp? = nil,
        totalRows: Int64? = nil, rows: Int64 = 0, dumpBytes: Int64 = 0, storedBytes: Int64 = 0,
        failure: RunFailure? = nil
    ) {
        self.id = id
        self.database = database
        self.store = store
        self.run = run
        self.format = format
        self.includesSchema = includesSchema
        self.chunkRows = chunkRows
        self.verify = verify
        self.requester = requester
        self.callbackURL = callbackURL
        self.state = state
        self.createdAt = createdAt
        self.finishedAt = finishedAt
        self.expiresAt = expiresAt
        self.totalRows = totalRows
        self.rows = rows
        self.dumpBytes = dumpBytes
        self.storedBytes = storedBytes
        self.failure = failure
    }

    static let columns = """
        id, database, store, run, format, includes_schema, chunk_rows, verify, requester, callback_url, state, \
        created_at, finished_at, expires_at, total_rows, rows, dump_bytes, stored_bytes, error_code, error_message, \
        error_hint
        """

    init(reading columns: inout Columns) throws {
        id = try columns.backupID()
        database = try columns.text()
        store = try columns.text()
        run = try columns.optionalInteger()
        format = try columns.choice()
        includesSchema = try columns.boolean()
        chunkRows = Int(try columns.integer())
        verify = try columns.choice()
        requester = try columns.text()
        callbackURL = try columns.optionalText()
        state = try columns.choice()
        createdAt = try columns.time()
        finishedAt = try columns.optionalTime()
        expiresAt = try columns.optionalTime()
        totalRows = try columns.optionalInteger()
        rows = try columns.integer()
        dumpBytes = try columns.integer()
        storedBytes = try columns.integer()
        let code: FailureCode? = try columns.optionalChoice()
        let message = try columns.optionalText()
        let hint = try columns.optionalText()
        failure = code.map { RunFailure(code: $0, message: message ?? "", hint: hint) }
    }
}
