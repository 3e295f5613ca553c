import Glibc
import Model
import Pipeline
import SQLite

/// What a catalog is opened for.
package enum CatalogAccess: Sendable {
    /// Makes the catalog where there is none, and brings it up to date.
    case readWrite
    /// Never makes or changes one; works while a daemon writes to it.
    case readOnly
}

/// The appliance's own database, `catalog.db` in the state directory: databases, runs, backups, verifications, events,
/// alarms and the outbox.
///
/// It is a cache of what the stores hold, and the history besides: a lost one is filled again from the stores, and no
/// backup is lost with it. SQLite's calls block, so the actor does all of its work on a thread of its own. Errors are
/// `Failure`s.
///
/// ```swift
/// let opened = try await Catalog.open(directory: "/var/lib/nightjar", access: .readWrite)
/// let run = try await opened.catalog.begin(RunStart(database: "shop", trigger: .schedule, at: now))
/// ```
package actor Catalog {
    /// An open catalog, and what had to be done for it.
    package struct Opened: Sendable {
        package let catalog: Catalog
        /// Where a damaged catalog was moved to, which a new one has taken the place of; nil where none was.
        package let setAside: String?
        /// What was wrong with that one.
        package let setAsideReason: String?
        /// Whether the catalog knows nothing yet: the first one of an appliance, or one that has to be rebuilt.
        package let isNew: Bool
    }

    /// The file.
    package nonisolated let path: String
    private let executor: SerialThreadExecutor
    private let file: CatalogFile
    private var connection: Database?
    private var identity: CatalogFile.Identity?
    /// Who makes messages of events: see `subscribe`.
    private(set) var subscriber: (any EventSubscriber)?
    private var onMessage: (@Sendable () -> Void)?
    /// Whether the transaction under way has put a message into the outbox that is to be delivered.
    var hasMessage = false

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private init(_ file: CatalogFile, on executor: SerialThreadExecutor) {
        self.file = file
        path = file.path
        self.executor = executor
    }

    /// Opens the catalog of a state directory.
    ///
    /// One that cannot be read as a catalog (not a database, another application's, malformed, failing SQLite's
    /// quick_check) is set aside as `catalog.db.corrupt-20260315-023000`, and a new one is made: with `.readWrite` only,
    /// and never for want of space, rights or a working disk. Whoever opens with `.readWrite` holds the lock of the
    /// state directory.
    ///
    /// - Parameters:
    ///   - directory: the state directory, which exists.
    ///   - now: names a catalog that is set aside, and is kept as the time when a new one was made.
    /// - Throws: code `missing` where there is no catalog to read; `configuration` where a newer nightjar wrote it, which
    ///   then stays as it is; `busy` where another process holds it for more than ten seconds; `io` for the rest.
    package static func open(
        directory: String, access: CatalogAccess, at now: Timestamp = Timestamp(seconds: Int64(Glibc.time(nil)))
    ) async throws -> Opened {
        let executor = SerialThreadExecutor()
        guard executor.start() else {
            throw NightjarError(
                .io, "there is no thread for the catalog in \(directory): the system gives this process no more",
                hint: "See ulimit -u, and TasksMax of the service.", isTransient: true)
        }
        let catalog = Catalog(CatalogFile(directory: directory), on: executor)
        switch access {
        case .readOnly:
            try await catalog.openForReading()
            return Opened(catalog: catalog, setAside: nil, setAsideReason: nil, isNew: false)
        case .readWrite:
            let outcome = try await catalog.openForWriting(at: now)
            return Opened(
                catalog: catalog, setAside: outcome.setAside, setAsideReason: outcome.reason, isNew: outcome.isNew)
        }
    }

    private func openForReading() throws {
        connection = try CatalogFailure.explaining(path) { try file.openForReading() }
        identity = file.identity
    }

    private func openForWriting(at now: Timestamp) throws -> CatalogFile.Outcome {
        let (database, outcome) = try CatalogFailure.explaining(path) { try file.openForWriting(at: now) }
        connection = database
        identity = file.identity
        return outcome
    }

    /// Closes the file; whatever is asked afterwards fails. Without it the file is closed with the last reference, on
    /// whichever thread that is.
    package func close() {
        connection = nil
    }

    /// Whether what is written still reaches the file at `path`: somebody may have deleted or replaced it.
    package func isInPlace() -> Bool {
        connection != nil && identity != nil && identity == file.identity
    }

    /// Tells the states of the catalog apart: the same as long as nobody has written to it.
    /// <https://www.sqlite.org/pragma.html#pragma_data_version>, for other connections
    package func version() throws -> CatalogVersion {
        try read { database in
            CatalogVersion(
                own: try database.integer("SELECT total_changes()") ?? 0,
                others: try database.integer("PRAGMA data_version") ?? 0)
        }
    }

    /// From now on `subscriber` makes messages of each event that this process adds; nil for none. Commands and a daemon
    /// subscribe each for themselves.
    /// - Parameter onMessage: called after each commit that has put a message into the outbox, callbacks among them.
    package func subscribe(_ subscriber: (any EventSubscriber)?, onMessage: (@Sendable () -> Void)?) {
        self.subscriber = subscriber
        self.onMessage = onMessage
    }

    /// Runs `body`, which only reads.
    func read<Result>(_ body: (Database) throws -> Result) throws -> Result {
        let database = try connected()
        return try CatalogFailure.explaining(path) { try body(database) }
    }

    /// Runs `body` in one transaction: all of it is done, or nothing.
    /// - Parameter isDurable: whether it also survives a loss of power from now on; the rest may lose its last seconds
    ///   to one. <https://www.sqlite.org/pragma.html#pragma_synchronous>
    func write<Result>(isDurable: Bool = false, _ body: (Database) throws -> Result) throws -> Result {
        let database = try connected()
        hasMessage = false
        let result: Result = try CatalogFailure.explaining(path) {
            if isDurable { try database.execute("PRAGMA synchronous=FULL") }
            defer { if isDurable { try? database.execute("PRAGMA synchronous=NORMAL") } }
            return try database.transaction { try body(database) }
        }
        if hasMessage { onMessage?() }
        return result
    }

    private func connected() throws -> Database {
        guard let connection else { throw NightjarError(.internal, "the catalog \(path) is closed") }
        return connection
    }
}
