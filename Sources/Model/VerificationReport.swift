import FoundationEssentials

/// A proof about one backup at one time.
package struct VerificationReport: Sendable, Codable, Equatable {
    package enum Outcome: String, Sendable, Codable {
        /// The level `restore` found no difference.
        case proved
        /// The level `checksum` found no difference.
        case checked
        /// At least one difference was found.
        case different
    }

    /// Something that is not what the manifest says.
    package struct Difference: Sendable, Codable, Equatable {
        /// The object's key, where one is concerned.
        package var object: String?
        /// The part's number, counted from 1.
        package var part: Int?
        package var table: SQLText?
        /// What was expected and what was found.
        package var message: String

        package init(object: String? = nil, part: Int? = nil, table: SQLText? = nil, _ message: String) {
            self.object = object
            self.part = part
            self.table = table
            self.message = message
        }
    }

    package struct TableResult: Sendable, Codable, Equatable {
        package var name: SQLText
        package var rowsExpected: Int64
        package var rowsFound: Int64
        package var digestExpected: TableDigest
        package var digestFound: TableDigest

        package init(
            name: SQLText, rowsExpected: Int64, rowsFound: Int64, digestExpected: TableDigest,
            digestFound: TableDigest
        ) {
            self.name = name
            self.rowsExpected = rowsExpected
            self.rowsFound = rowsFound
            self.digestExpected = digestExpected
            self.digestFound = digestFound
        }

        package var matches: Bool { rowsExpected == rowsFound && digestExpected == digestFound }
    }

    package var id: String
    package var database: String
    package var level: VerificationLevel
    package var outcome: Outcome
    package var startedAt: Timestamp
    package var finishedAt: Timestamp
    package var differences: [Difference]
    package var objectsChecked: Int
    package var bytesChecked: Int64
    /// What was found of each object. Like all that is optional here, reports of earlier versions have it not.
    package var objects: [ObjectResult]?
    package var tables: [TableResult]
    /// nil at level `checksum`, and where nothing was compared because the stored bytes differ.
    package var schemaObjects: SchemaResult?
    /// What `PRAGMA integrity_check` said; empty at level `checksum`.
    package var integrityCheck: [String]
    /// Violations that `PRAGMA foreign_key_check` found; where the digests are equal they are the source's own, or come
    /// of a source that was not read in one state.
    package var foreignKeyViolations: Int64
    /// How many of them may come of what only the application has, so that nobody can tell whether the source has them.
    package var foreignKeyViolationsUntold: Int64?
    /// What a command of the user's made of the restored copy; nil where there is none, or where it was not run.
    package var drill: DrillResult?
    /// What to do about the differences; nil where there are none.
    package var advice: Advice?
    /// What a person should know; one sentence each.
    package var notes: [String]
    /// From the first byte fetched to the end of the import.
    package var importSeconds: Double
    package var totalSeconds: Double
    /// Bytes of the uncompressed dump; nil where it was not imported whole.
    package var dumpBytes: Int64?
    /// How much of the uncompressed dump was fetched and imported in a second.
    package var importBytesPerSecond: Int64?
    package var tool: String
    package var sqliteVersion: String
    /// The SQLite that read the source.
    package var sourceSQLiteVersion: String?
    /// What is proved of the moments from which the rows of a remote source are; nil for files, whose backups are one state.
    package var consistency: Consistency?
    package var host: String
    /// Where it is of an encrypted backup: a file in the age format that holds the whole report. What stands beside it tells
    /// nothing of what is in the backup.
    package var sealed: Data?

    package init(
        id: String, database: String, level: VerificationLevel, startedAt: Timestamp, tool: String,
        sqliteVersion: String, host: String
    ) {
        self.id = id
        self.database = database
        self.level = level
        self.startedAt = startedAt
        self.tool = tool
        self.sqliteVersion = sqliteVersion
        self.host = host
        outcome = .different
        finishedAt = startedAt
        differences = []
        objectsChecked = 0
        bytesChecked = 0
        tables = []
        integrityCheck = []
        foreignKeyViolations = 0
        notes = []
        importSeconds = 0
        totalSeconds = 0
    }

    /// Keeps how large a dump was that was imported whole, and how fast that went.
    package mutating func note(dumpBytes: Int64, importSeconds: Double) {
        self.dumpBytes = dumpBytes
        guard importSeconds > 0 else { return }
        importBytesPerSecond = Int64(exactly: (Double(dumpBytes) / importSeconds).rounded())
    }

    /// Whether this is what anybody may read of an encrypted backup's report, whose tables and rows nobody here knows.
    package var isSealed: Bool { sealed != nil }

    /// `Proved: 42 tables, 2,051,331 rows, restored in 14 s`.
    package var summary: String {
        // A report comes from a store, and its numbers need not be sensible ones.
        let rows = tables.reduce(0) { $0 &+ $1.rowsFound }
        let seconds = DurationText.format(seconds: totalSeconds)
        switch outcome {
        case .proved where isSealed: return "Proved, restored in \(seconds)\(shortfall)"
        case .proved:
            return "Proved: \(CountText.format(Int64(tables.count), "table")), "
                + "\(CountText.format(rows, "row")), restored in \(seconds)\(shortfall)"
        case .checked:
            return "Checked, not proved: \(SizeText.format(bytesChecked)) in the store are as they were written"
                + " (\(seconds))\(shortfall)"
        case .different: return differenceSummary
        }
    }

    /// `; changed while read: orders`, or where the rest is told; empty where what was restored is one state.
    package var shortfall: String {
        if isSealed {
            return "; what \(outcome == .checked ? "else " : "")it found is in the encrypted part of the report"
        }
        guard let consistency, consistency.kind != .consistent else { return "" }
        return "; \(consistency.brief)"
    }

    /// `NOT GOOD: 2 differences found; this backup cannot be trusted`
    package var differenceSummary: String {
        if isOnlyDrill { return "NOT GOOD: its drill failed; rows, schema and bytes are as they were written" }
        let count = CountText.format(Int64(differences.count), "difference")
        return "NOT GOOD: \(count) found; this backup cannot be trusted"
    }
}
