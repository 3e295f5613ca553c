extension Migrations {
    /// What is proved of the moments of a backup's rows where they are not known to be from one; NULL where they are, as
    /// those of all files are: until there were sources behind an HTTP API there was nothing else.
    static let version5 = """
        ALTER TABLE backups ADD COLUMN shortfall TEXT;
        """
}
