/// How much a backup holds, for the comparison with others of its database.
package struct BackupMeasure: Sendable, Hashable {
    package let id: BackupID
    /// Of all tables together; not negative.
    package let rows: Int64
    /// The size of the uncompressed dump; not negative.
    package let bytes: Int64

    package init(id: BackupID, rows: Int64, bytes: Int64) {
        self.id = id
        self.rows = rows
        self.bytes = bytes
    }
}
