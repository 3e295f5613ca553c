extension Migrations {
    /// The SHA-256 of each backup's manifest as it was written, or as it was found when the catalog first heard of it; NULL
    /// where nobody has looked since. And whether nothing here could open the backup when it was verified last.
    static let version6 = """
        ALTER TABLE backups ADD COLUMN manifest_hash TEXT;
        ALTER TABLE backups ADD COLUMN is_sealed INTEGER NOT NULL DEFAULT 0;
        """
}
