/// What stands beside a dump: all that is needed to verify and restore it without the source (docs/dump-format.md).
package struct Manifest: Sendable, Codable, Equatable {
    /// The version of this format that this program writes and reads.
    package static let currentFormat = 1

    package var formatVersion: Int
    package var id: String
    package var database: String
    /// Which appliance wrote it: the id in its state directory.
    package var appliance: String
    /// `nightjar` and its version.
    package var tool: String
    package var startedAt: Timestamp
    package var finishedAt: Timestamp
    package var source: SourceFacts
    package var snapshot: SnapshotFacts
    package var options: Options
    package var objects: [StoredObject]
    package var tables: [TableRecord]
    package var schema: [SchemaObject]
    /// Tables left out because a pattern of `exclude` matched, with the pattern.
    package var excluded: [Excluded]
    /// Names of collations that the schema uses and that SQLite itself does not have.
    package var foreignCollations: [String]
    /// What a person should know about this dump; one sentence each.
    package var notes: [String]

    package init(
        id: String, database: String, appliance: String, tool: String, startedAt: Timestamp, finishedAt: Timestamp,
        source: SourceFacts, snapshot: SnapshotFacts, options: Options, objects: [StoredObject],
        tables: [TableRecord], schema: [SchemaObject], excluded: [Excluded], foreignCollations: [String],
        notes: [String]
    ) {
        formatVersion = Self.currentFormat
        self.id = id
        self.database = database
        self.appliance = appliance
        self.tool = tool
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.source = source
        self.snapshot = snapshot
        self.options = options
        self.objects = objects
        self.tables = tables
        self.schema = schema
        self.excluded = excluded
        self.foreignCollations = foreignCollations
        self.notes = notes
    }

    package var rows: Int64 { tables.reduce(0) { $0 + $1.rows } }
    /// Bytes in the store, without the manifest.
    package var storedBytes: Int64 { objects.reduce(0) { $0 + $1.size } }
    /// Bytes of the uncompressed dump.
    package var dumpBytes: Int64 { objects.reduce(0) { $0 + $1.uncompressedSize } }
    /// Whether the dump makes the tables itself, or holds rows alone.
    package var dumpHoldsSchema: Bool { options.format.canHoldSchema && options.includesSchema ?? true }

    /// The object in which a table's rows lie.
    package func object(of table: TableRecord) -> StoredObject { objects[table.object ?? 0] }
}

extension Manifest {
    package struct SourceFacts: Sendable, Codable, Equatable {
        /// `sqlite` for a file, or the service: `starbasedb`, `d1`, `libsql`.
        package var kind: String
        package var pageSize: Int
        package var pageCount: Int64
        /// `UTF-8`, `UTF-16le` or `UTF-16be`.
        package var encoding: String
        /// As PRAGMA journal_mode says: `delete`, `wal`, …
        package var journalMode: String
        /// 0 none, 1 full, 2 incremental.
        package var autoVacuum: Int
        package var userVersion: Int
        package var applicationID: Int
        /// Of the SQLite that read the source; empty where a service does not tell it.
        package var sqliteVersion: String

        package init(
            kind: String, pageSize: Int, pageCount: Int64, encoding: String, journalMode: String, autoVacuum: Int,
            userVersion: Int, applicationID: Int, sqliteVersion: String
        ) {
            self.kind = kind
            self.pageSize = pageSize
            self.pageCount = pageCount
            self.encoding = encoding
            self.journalMode = journalMode
            self.autoVacuum = autoVacuum
            self.userVersion = userVersion
            self.applicationID = applicationID
            self.sqliteVersion = sqliteVersion
        }
    }

    package struct SnapshotFacts: Sendable, Codable, Equatable {
        package var method: SnapshotMethod
        /// Whether the dump is one consistent state of the source.
        package var consistent: Bool
        /// What is proved of that where the source is a remote one; nil for files, whose snapshots are one state.
        package var consistency: Consistency?
        /// What was read was so between these two moments; one state of the source where `consistent`.
        package var begunAt: Timestamp
        package var takenAt: Timestamp

        package init(method: SnapshotMethod, consistent: Bool, begunAt: Timestamp, takenAt: Timestamp) {
            self.method = method
            self.consistent = consistent
            self.begunAt = begunAt
            self.takenAt = takenAt
        }

        /// Of a remote source.
        package init(method: SnapshotMethod, consistency: Consistency, begunAt: Timestamp, takenAt: Timestamp) {
            self.init(
                method: method, consistent: consistency.kind == .consistent, begunAt: begunAt, takenAt: takenAt)
            self.consistency = consistency
        }
    }

    package struct Options: Sendable, Codable, Equatable {
        package var format: DumpFormat
        /// `zstd`, `gzip` or `none`.
        package var compression: String
        package var compressionLevel: Int?
        package var chunkRows: Int
        /// All parts of an object have this size but the last.
        package var partSize: Int64
        /// false where the dump holds rows alone; nil where it holds the schema too, as nearly every one does.
        package var includesSchema: Bool?
        /// For whom it is encrypted; nil where it is not.
        package var recipients: [String]?

        package init(
            format: DumpFormat, compression: String, compressionLevel: Int?, chunkRows: Int, partSize: Int64,
            includesSchema: Bool = true
        ) {
            self.format = format
            self.compression = compression
            self.compressionLevel = compressionLevel
            self.chunkRows = chunkRows
            self.partSize = partSize
            // What is left out changes neither old manifests nor their hashes.
            self.includesSchema = includesSchema ? nil : false
        }
    }

    package struct StoredObject: Sendable, Codable, Equatable {
        /// The object's name below the store's prefix.
        package var key: String
        package var size: Int64
        package var uncompressedSize: Int64
        package var etag: String?
        /// Of the uncompressed bytes, as ZIP has it: eight lower-case hexadecimal digits. Where each table has an object of
        /// its own.
        package var crc32: String?
        /// Where it is encrypted, what stands before its first chunk; `size` and `parts` are of all that is stored.
        package var head: ObjectHead?
        package var parts: [StoredPart]

        package init(key: String, size: Int64, uncompressedSize: Int64, etag: String?, parts: [StoredPart]) {
            self.key = key
            self.size = size
            self.uncompressedSize = uncompressedSize
            self.etag = etag
            self.parts = parts
        }

        /// Without what one store calls it and its parts.
        package var untagged: StoredObject {
            var object = self
            object.etag = nil
            object.parts = parts.map { StoredPart(number: $0.number, size: $0.size, sha256: $0.sha256, etag: nil) }
            return object
        }
    }

    /// The beginning of an encrypted object: an age header and a nonce, which tell it from every other one.
    package struct ObjectHead: Sendable, Codable, Equatable {
        package var size: Int
        /// Lower-case hexadecimal.
        package var sha256: String

        package init(size: Int, sha256: String) {
            self.size = size
            self.sha256 = sha256
        }
    }

    package struct StoredPart: Sendable, Codable, Equatable {
        /// Counted from 1.
        package var number: Int
        package var size: Int64
        /// Lower-case hexadecimal.
        package var sha256: String
        package var etag: String?

        package init(number: Int, size: Int64, sha256: String, etag: String?) {
            self.number = number
            self.size = size
            self.sha256 = sha256
            self.etag = etag
        }
    }

    package struct TableRecord: Sendable, Codable, Equatable {
        package var name: SQLText
        package var rows: Int64
        /// Of the values that the source handed out.
        package var digest: TableDigest
        /// Whether the digest and the dump carry the rowid.
        package var carriesRowid: Bool
        /// Whether a virtual table keeps its data in it.
        package var isShadow: Bool
        /// Where the table's statements, or its rows, stand in the uncompressed dump, or in the table's own object.
        package var range: ByteRange
        /// Which of the dump's objects that is, counted from 0; nil where there is one for all tables.
        package var object: Int?
        /// Rows with values at odds with their column's affinity, which an import converts; 0 in nearly every table.
        package var changedRows: Int64
        /// What the digest will be after an import, where `changedRows` is not 0.
        package var digestAfterImport: TableDigest?
        /// Of the values of stored generated columns, which an import computes anew; nil where there are none.
        package var generatedDigest: TableDigest?
        /// Generated columns that a dump of rows has behind the others, for only the source's application can compute them;
        /// nil where there are none.
        package var carriedColumns: [SQLText]?

        package init(
            name: SQLText, rows: Int64, digest: TableDigest, carriesRowid: Bool, isShadow: Bool, range: ByteRange,
            changedRows: Int64, digestAfterImport: TableDigest?, generatedDigest: TableDigest? = nil, object: Int? = nil
        ) {
            self.object = object
            self.name = name
            self.rows = rows
            self.digest = digest
            self.carriesRowid = carriesRowid
            self.isShadow = isShadow
            self.range = range
            self.changedRows = changedRows
            self.digestAfterImport = digestAfterImport
            self.generatedDigest = generatedDigest
        }

        /// The digest that a restored table must have.
        package var expectedDigest: TableDigest { digestAfterImport ?? digest }
    }

    /// A half-open range of bytes.
    package struct ByteRange: Sendable, Codable, Equatable {
        package var offset: Int64
        package var length: Int64

        package init(offset: Int64, length: Int64) {
            self.offset = offset
            self.length = length
        }

        package var end: Int64 { offset + length }
    }

    /// A row of sqlite_schema that has SQL.
    package struct SchemaObject: Sendable, Codable, Equatable, Hashable {
        /// `table`, `view`, `index` or `trigger`.
        package var type: String
        package var name: SQLText
        package var table: SQLText
        package var sql: SQLText

        package init(type: String, name: SQLText, table: SQLText, sql: SQLText) {
            self.type = type
            self.name = name
            self.table = table
            self.sql = sql
        }
    }

    package struct Excluded: Sendable, Codable, Equatable {
        package var name: SQLText
        package var pattern: String

        package init(name: SQLText, pattern: String) {
            self.name = name
            self.pattern = pattern
        }
    }
}
