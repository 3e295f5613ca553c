import Model

extension PlainExport {
    /// What was written.
    package struct Outcome: Sendable, Encodable {
        package struct File: Sendable, Encodable {
            /// In the directory.
            package let name: String
            /// nil for a file of all tables, and for that of the schema.
            package let table: SQLText?
            /// nil for the schema.
            package let rows: Int64?
            package let bytes: Int64
        }

        package let database: String
        package let directory: String
        package let format: DumpFormat
        /// `zstd`, `gzip` or `none`; the schema's file is never compressed.
        package let compression: String
        package let files: [File]
        package let tables: Int
        package let rows: Int64
        /// Of all files.
        package let bytes: Int64
        package let seconds: Double
        package let snapshot: Manifest.SnapshotFacts
        /// Tables left out because the configuration excludes them.
        package let excluded: [Manifest.Excluded]
        /// One sentence each.
        package let notes: [String]

        init(_ manifest: Manifest, _ files: [File], in directory: String, seconds: Double) {
            database = manifest.database
            self.directory = directory
            format = manifest.options.format
            compression = manifest.options.compression
            self.files = files
            tables = manifest.tables.count
            rows = manifest.rows
            bytes = files.reduce(0) { $0 + $1.bytes }
            self.seconds = seconds
            snapshot = manifest.snapshot
            excluded = manifest.excluded
            notes = manifest.notes
        }
    }
}
