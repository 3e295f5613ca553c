import Catalog
import Model

/// An export that somebody asks for.
package struct ExportRequest: Sendable {
    /// nil where there is only one database.
    package var database: String?
    package var format: DumpFormat
    /// Rows of a chunk, 1 to 1,000,000; nil for the database's own.
    package var chunkRows: Int?
    /// Whether the dump holds the schema besides the rows.
    package var includesSchema: Bool
    /// Who is told of the end; checked by whoever asks.
    package var callbackURL: String?
    /// The name of the token that asked.
    package var requester: String
    package var verify: VerificationLevel

    package init(
        database: String? = nil, format: DumpFormat = .sql, chunkRows: Int? = nil, includesSchema: Bool = true,
        callbackURL: String? = nil, requester: String, verify: VerificationLevel = .checksum
    ) {
        self.database = database
        self.format = format
        self.chunkRows = chunkRows
        self.includesSchema = includesSchema
        self.callbackURL = callbackURL
        self.requester = requester
        self.verify = verify
    }
}

/// Where an export that somebody asked for stands.
package struct ExportStatus: Sendable, Encodable {
    package let id: String
    package let database: String
    package let run: Int64?
    package let state: ExportState
    package let format: DumpFormat
    package let startedAt: Timestamp
    package let finishedAt: Timestamp?
    /// When it is deleted.
    package let expiresAt: Timestamp?
    /// nil until they are counted.
    package let totalRows: Int64?
    package let rows: Int64
    /// Bytes of the uncompressed dump.
    package let size: Int64
    package let estimatedEnd: Timestamp?
    /// Why it failed.
    package let failure: RunFailure?

    /// 0 to 100; nil until the rows are counted.
    package var percentComplete: Int? {
        if state == .completed { return 100 }
        guard let totalRows else { return nil }
        return totalRows == 0 ? 0 : Int(min(99, rows * 100 / totalRows))
    }
}
