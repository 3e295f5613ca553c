import Appliance
import Model

/// A run as the API tells it.
struct RunAnswer: Decodable, Sendable {
    /// Why it did not end well.
    struct Failure: Decodable, Sendable {
        /// A `FailureCode`.
        var code: String?
        var message: String
        var hint: String?
    }

    var id: Int64
    /// `queued`, `running`, `completed`, `failed`, `cancelled` or `interrupted`.
    var state: String
    var phase: String?
    var rows: Int64?
    var dumpBytes: Int64?
    var storedBytes: Int64?
    var fraction: Double?
    var secondsLeft: Int64?
    /// The backup's id.
    var backup: String?
    /// `proved`, `checked`, `unproved` or `different`.
    var verification: String?
    var failure: Failure?

    var hasEnded: Bool { state != "queued" && state != "running" }

    var progress: WorkProgress {
        WorkProgress(
            phase: state == "queued" ? .queued : phase.flatMap { WorkProgress.Phase(rawValue: $0) } ?? .waiting,
            rows: rows ?? 0, dumpBytes: dumpBytes ?? 0, storedBytes: storedBytes ?? 0, fraction: fraction,
            timeLeft: secondsLeft.map { .seconds($0) })
    }
}

/// A run's page; what the command line needs of it. A request for a backup is answered in the same form.
struct RunDetailAnswer: Decodable, Sendable {
    struct LogLine: Decodable, Sendable {
        var text: String
        var hint: String?
    }

    var run: RunAnswer
    /// Oldest first.
    var log: [LogLine]?
}

/// A verification while it works.
struct VerificationTaskAnswer: Decodable, Sendable {
    /// Its number since the daemon's start.
    var task: Int64?
    var backup: String
    /// `queued` or `running`.
    var state: String?
    var fraction: Double?
    var secondsLeft: Int64?

    var progress: WorkProgress {
        WorkProgress(
            phase: state == "queued" ? .queued : .verify, fraction: fraction, timeLeft: secondsLeft.map { .seconds($0) }
        )
    }
}

/// What the daemon answers to a request for a verification.
struct VerificationBegunAnswer: Decodable, Sendable {
    var verifying: VerificationTaskAnswer
}

/// How a verification that the daemon made has ended.
struct VerificationEndAnswer: Decodable, Sendable {
    var task: Int64
    /// Its id in the catalog; nil where nothing could be found out.
    var verification: Int64?
    var failure: RunAnswer.Failure?
}

/// A verification that has ended, as the catalog knows it.
struct VerificationAnswer: Decodable, Sendable {
    var id: Int64
    /// The report's key in the store; nil where it could not be kept there.
    var reportKey: String?
}

/// A backup's page; what the command line needs of it.
struct BackupDetailAnswer: Decodable, Sendable {
    struct Backup: Decodable, Sendable {
        var id: String
        var database: String
        /// The store's name in the configuration.
        var store: String
        var state: String
    }

    var backup: Backup
    /// In each of the stores that have it.
    var copies: [Backup]
    /// The work on it now.
    var verifying: VerificationTaskAnswer?
    /// The last one that the daemon made.
    var verified: VerificationEndAnswer?
    var verifications: [VerificationAnswer]
}

/// A verification, with its report from the store.
struct VerificationDetailAnswer: Decodable, Sendable {
    var report: VerificationReport?
}

/// How all databases are.
struct OverviewAnswer: Decodable, Sendable {
    struct Database: Decodable, Sendable {
        var status: StatusReport.Database
        var verifying: VerificationTaskAnswer?
    }

    var databases: [Database]
}

/// What a person's look at a frozen database ended.
struct AcceptAnswer: Codable, Sendable {
    var database: String
    var wasFrozen: Bool
    var reason: String?
}

/// What retention did.
struct PruneAnswer: Codable, Sendable {
    var databases: [PruneResult]
}
