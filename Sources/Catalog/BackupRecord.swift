import Model

/// What is known of a backup's worth.
package enum BackupProof: String, Sendable, Codable, CaseIterable {
    /// Restored and found equal.
    case proved
    /// Its stored bytes are those that were written; not restored.
    case checked
    /// Not verified, or verification was not possible.
    case unproved
    /// A verification found a difference, and none since has taken it back.
    case different

    package init(_ outcome: VerificationReport.Outcome) {
        switch outcome {
        case .proved: self = .proved
        case .checked: self = .checked
        case .different: self = .different
        }
    }
}

/// A backup in a store.
package struct BackupRecord: Sendable, Equatable {
    package let id: BackupID
    package let database: String
    /// The store's name in the configuration.
    package let store: String
    package let createdAt: Timestamp
    /// Of all tables together.
    package let rows: Int64
    /// Of the uncompressed dump.
    package let dumpBytes: Int64
    /// In the store.
    package let storedBytes: Int64
    package let proof: BackupProof
    /// When it was last proved.
    package let provedAt: Timestamp?
    /// When it was last verified, at whatever level and with whatever outcome.
    package let verifiedAt: Timestamp?
    /// When a restore was found to be as it was written and the user's drill failed all the same; nil where that is not
    /// the last thing that is known of it.
    package let drillFailedAt: Timestamp?
    /// Whether a lock of the bucket keeps the store from deleting it for now.
    package let isLocked: Bool
    /// What is proved of the moments of its rows, where they are not known to be from one; nil where they are.
    package let shortfall: String?
    /// The SHA-256 of its manifest's document, lower-case hexadecimal; nil where nobody has looked.
    package let manifestHash: String?
    /// Whether nothing here could open it when it was verified last: it was only checked for that.
    package let isSealed: Bool
    /// When the same bytes were proved last in another store, which has them no more; nil where they were not, or are there
    /// still.
    package let twinProvedAt: Timestamp?

    package init(
        id: BackupID, database: String, store: String, createdAt: Timestamp, rows: Int64, dumpBytes: Int64,
        storedBytes: Int64, proof: BackupProof = .unproved, provedAt: Timestamp? = nil, verifiedAt: Timestamp? = nil,
        drillFailedAt: Timestamp? = nil, isLocked: Bool = false, shortfall: String? = nil, manifestHash: String? = nil,
        isSealed: Bool = false, twinProvedAt: Timestamp? = nil
    ) {
        self.id = id
        self.database = database
        self.store = store
        self.createdAt = createdAt
        self.rows = rows
        self.dumpBytes = dumpBytes
        self.storedBytes = storedBytes
        self.proof = proof
        self.provedAt = provedAt
        self.verifiedAt = verifiedAt
        self.drillFailedAt = drillFailedAt
        self.isLocked = isLocked
        self.shortfall = shortfall
        self.manifestHash = manifestHash
        self.isSealed = isSealed
        self.twinProvedAt = twinProvedAt
    }

    /// Whether it is known how much it holds. A dump is never empty.
    package var hasFigures: Bool { dumpBytes > 0 }

    static let columns = """
        id, database, store, created_at, rows, dump_bytes, stored_bytes, state, proved_at, verified_at,
        drill_failed_at, is_locked, shortfall, manifest_hash, is_sealed, twin_proved_at
        """

    init(reading columns: inout Columns) throws {
        id = try columns.backupID()
        database = try columns.text()
        store = try columns.text()
        createdAt = try columns.time()
        rows = try columns.integer()
        dumpBytes = try columns.integer()
        storedBytes = try columns.integer()
        proof = try columns.choice()
        provedAt = try columns.optionalTime()
        verifiedAt = try columns.optionalTime()
        drillFailedAt = try columns.optionalTime()
        isLocked = try columns.boolean()
        shortfall = try columns.optionalText()
        manifestHash = try columns.optionalText()
        isSealed = try columns.boolean()
        twinProvedAt = try columns.optionalTime()
    }
}
