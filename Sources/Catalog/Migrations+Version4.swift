extension Migrations {
    /// When the user's drill alone was why a backup is different.
    static let version4 = "ALTER TABLE backups ADD COLUMN drill_failed_at INTEGER"
}
