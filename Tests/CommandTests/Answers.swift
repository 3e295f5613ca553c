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
    struct Result: Decodable {
        var database: String
        var id: String?
        var state: String
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
