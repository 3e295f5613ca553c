/// A backup that is kept, as the plan of proofs sees it.
package struct ProofCandidate: Sendable, Equatable {
    package let backup: BackupID
    /// Stored bytes, which a verification fetches; below zero means none.
    package let bytes: Int64
    package let createdAt: Timestamp
    /// The last proof at the level that the database asks for; nil where there is none.
    package let provedAt: Timestamp?

    package init(backup: BackupID, bytes: Int64, createdAt: Timestamp, provedAt: Timestamp?) {
        self.backup = backup
        self.bytes = max(bytes, 0)
        self.createdAt = createdAt
        self.provedAt = provedAt
    }
}
