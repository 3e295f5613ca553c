/// The format of a dump (docs/dump-format.md, docs/formats.md).
package enum DumpFormat: String, Sendable, Codable, CaseIterable {
    /// Statements for SQLite, the schema's among them.
    case sql
    /// The rows of each table as RFC 4180 has it.
    case csv
    /// The rows of all tables as one document.
    case json
    /// The rows of each table, a line of JSON for each.
    case ndjson

    /// As people write it.
    package var words: String {
        switch self {
        case .sql: "SQL"
        case .csv: "CSV"
        case .json: "JSON"
        case .ndjson: "ndjson"
        }
    }

    /// The extension of the uncompressed dump, without a dot.
    package var fileExtension: String { rawValue }
    /// Whether each table has an object of its own in the store.
    package var hasObjectPerTable: Bool { self == .csv || self == .ndjson }
    /// Whether a dump of this format can make the tables itself; where not, the schema stands in the manifest alone.
    package var canHoldSchema: Bool { self == .sql }
}

/// How a dump's frames are compressed.
package enum Compression: Sendable, Equatable {
    /// Zstandard, level 1 to 19.
    case zstd(level: Int)
    /// gzip (RFC 1952), level 1 to 9; each frame is one member.
    case gzip(level: Int)
    case none

    package static let standard = Compression.zstd(level: 3)
    package static let standardGzip = Compression.gzip(level: 6)
    /// Each way once: names do not tell levels.
    package static let oneOfEach: [Compression] = [.standard, .standardGzip, .none]

    package var name: String {
        switch self {
        case .zstd: "zstd"
        case .gzip: "gzip"
        case .none: "none"
        }
    }

    package var level: Int? {
        switch self {
        case .zstd(let level), .gzip(let level): level
        case .none: nil
        }
    }

    /// What an object's name ends with, dot included; empty for `none`.
    package var suffix: String {
        switch self {
        case .zstd: ".zst"
        case .gzip: ".gz"
        case .none: ""
        }
    }
}

/// How the frozen state that an export reads is made.
package enum SnapshotMethod: String, Sendable, Codable, CaseIterable {
    /// A page copy in the scratch directory.
    case copy
    /// One read transaction on the source itself (WAL only).
    case transaction
    /// The rows of a remote source, read by key ranges into a SQLite file in the scratch directory. Not for files.
    case mirror
}

/// How much a verification proves.
package enum VerificationLevel: String, Sendable, Codable, CaseIterable {
    case none
    /// The stored bytes are the bytes that were written.
    case checksum
    /// The dump was imported into a scratch SQLite and compared with the manifest.
    case restore
}

/// Work for a while, then leave the source and the machine alone for a while.
package struct Breathing: Sendable, Equatable {
    package var work: Duration
    package var pause: Duration

    package init(work: Duration, pause: Duration) {
        self.work = work
        self.pause = pause
    }
}
