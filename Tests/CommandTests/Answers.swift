import Foundation
import Model
import TestSupport

/// What `--json` prints where something failed.
struct ErrorAnswer: Decodable {
    struct Body: Decodable {
        var code: String
        var message: String
        var hint: String?
    }

    var error: Body
}

/// What `backup --json` prints.
struct BackupAnswer: Decodable {
    struct Store: Decodable {
        var store: String
        var state: String?
        var error: ErrorAnswer.Body?
    }

    struct Result: Decodable {
        var database: String
        var id: String?
        var stores: [Store]?
        var state: String
        var notes: [String]
        var tables: Int?
        var rows: Int64?
        var storedBytes: Int64?
        var dumpBytes: Int64?
        var error: ErrorAnswer.Body?

        /// The backup's id; empty where there is none.
        var backup: String { id ?? "" }
    }

    var results: [Result]
}

/// What `verify --json` prints.
struct VerifyAnswer: Decodable {
    struct Report: Decodable {
        var id: String
        var database: String
        var level: String
        var outcome: String
        var differences: [VerificationReport.Difference]
    }

    var reports: [Report]
}

/// What `verify --against-source --json` prints.
struct SourceAnswer: Decodable {
    struct Table: Decodable {
        var name: SQLText
        var change: String
        var rowsInBackup: Int64?
        var rowsNow: Int64?
        var isRedefined: Bool
        var isShadow: Bool
    }

    struct Object: Decodable {
        var type: String
        var name: SQLText
        var table: SQLText
        var change: String
    }

    struct Setting: Decodable {
        var name: String
        var inBackup: String
        var now: String
    }

    var id: String
    var database: String
    var isUnchanged: Bool
    var tables: [Table]
    var schema: [Object]
    var settings: [Setting]
    var excluded: [Manifest.Excluded]
    var notes: [String]

    /// All that has changed, a line each: `items moreRows 400 401`, `index by_name dropped`, `user_version 0 7`.
    var changes: [String] {
        var lines: [String] = []
        for table in tables where table.change != "unchanged" || table.isRedefined {
            let counts = [table.rowsInBackup, table.rowsNow].map { count in count.map { String($0) } ?? "-" }
            let line = "\(table.name) \(table.change) \(counts[0]) \(counts[1])"
            lines.append(table.isRedefined ? line + " redefined" : line)
        }
        for object in schema { lines.append("\(object.type) \(object.name) \(object.change)") }
        for setting in settings { lines.append("\(setting.name) \(setting.inBackup) \(setting.now)") }
        return lines
    }
}

/// What `list --json` prints.
struct ListAnswer: Decodable {
    struct Backup: Decodable {
        var id: String
        var database: String
        var store: String
        var createdAt: String
        var storedBytes: Int64
        var rows: Int64
        var tables: Int
        var state: String
        var consistent: Bool?
        var consistency: String?
        var excluded: [String]
    }

    var backups: [Backup]
}

/// What `restore --json` prints.
struct RestoreAnswer: Decodable {
    var id: String
    var database: String
    var file: String
    var tables: Int
    var rows: Int64
    var bytesFetched: Int64
    var notes: [String]
}

/// What `restore --dry-run --json` prints.
struct RestorePlanAnswer: Decodable {
    struct Proof: Decodable {
        var level: String
        var report: String
    }

    struct Table: Decodable {
        var name: SQLText
        var rows: Int64
    }

    struct Replaced: Decodable {
        var bytes: Int64
        var mode: String
        var keepsOwner: Bool
        var journals: [String]
        var isKnownToBeClosed: Bool
    }

    var id: String
    var database: String
    var store: String
    var state: String
    var proof: Proof?
    var tables: [Table]
    var rows: Int64
    var bytesToFetch: Int64
    var storedBytes: Int64
    var spaceNeeded: Int64
    var spaceFree: Int64?
    var file: String
    var replaces: Replaced?
    var obstacles: [ErrorAnswer.Body]
    var notes: [String]
}

/// What `export --json` prints.
struct ExportAnswer: Decodable {
    struct File: Decodable, Equatable {
        var name: String
        var table: SQLText?
        var rows: Int64?
        var bytes: Int64
    }

    var database: String
    var directory: String
    var format: DumpFormat
    var compression: String
    var files: [File]
    var tables: Int
    var rows: Int64
    var bytes: Int64
    var excluded: [Manifest.Excluded]
    var notes: [String]
}

/// What `show --json` prints; a report is whatever it may be.
struct ShowAnswer: Decodable {
    struct Report: Decodable {
        var outcome: String
    }

    var manifest: Manifest
    var reports: [Report]
    var store: String
    var otherStores: [String]
    var state: String
}

/// A command printed something else than one JSON document.
struct UnreadableAnswer: Error, CustomStringConvertible {
    let description: String
}

extension RunningCommand.Outcome {
    /// Standard output read as one JSON document.
    func answer<Answer: Decodable>(_ type: Answer.Type) throws -> Answer {
        do {
            return try JSONDecoder().decode(type, from: Data(standardOutput))
        } catch {
            throw UnreadableAnswer(description: "no \(type) in \(self): \(error)")
        }
    }

    /// The error that the output states, be it of a run or of the whole command.
    var statedError: ErrorAnswer.Body? {
        if let whole = try? answer(ErrorAnswer.self) { return whole.error }
        return (try? answer(BackupAnswer.self))?.results.compactMap { $0.error }.first
    }
}
