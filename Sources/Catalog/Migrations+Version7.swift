extension Migrations {
    /// When the same bytes were proved last in a store that has them no more; NULL where they were not.
    static let version7 = """
        ALTER TABLE backups ADD COLUMN twin_proved_at INTEGER;
        """
}
