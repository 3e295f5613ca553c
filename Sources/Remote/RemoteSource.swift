import Dump
import HTTPClient
import Model
import Pipeline
import SQLite
import Settings

/// A database behind an HTTP API, as an export reads it: mirrored into a SQLite file of the run's folder, which is the
/// snapshot.
package struct RemoteSource: ExportSource {
    /// A transport, and what ends it.
    typealias Opening = @Sendable () throws -> (database: any RemoteDatabase, close: @Sendable () -> Void)

    /// None of Cloudflare's databases is larger; for others it is a guess, which is enough for the size of parts.
    private static let likelyBytes: Int64 = 10 << 30

    package let name: String
    package let identity: String
    package var expectedBytes: Int64 { Self.likelyBytes }
    /// Rows of one request at most.
    let chunkRows: Int
    let rereads: Int
    private let firstDelay: Duration
    private let service: RemoteService
    private let open: Opening

    /// - Parameters:
    ///   - chunkRows: Rows of one request at most.
    ///   - firstDelay: See `RemoteCaller`.
    package init(settings: RemoteSettings, chunkRows: Int, firstDelay: Duration = RemoteCaller.firstDelay) {
        let name = settings.shown
        self.init(
            name: name, identity: Self.identity(of: settings), service: settings.service, chunkRows: chunkRows,
            rereads: settings.rereads, firstDelay: firstDelay
        ) {
            let client: HTTPClient
            do throws(HTTPError) {
                client = try HTTPClient(caBundle: settings.caFile)
            } catch {
                throw NightjarError(.io, "\(name) cannot be asked: \(error.detail)", cause: error)
            }
            return (RemoteDatabaseFactory.make(settings, client: client), { client.shutdown() })
        }
    }

    init(
        name: String, identity: String, service: RemoteService, chunkRows: Int, rereads: Int,
        firstDelay: Duration = RemoteCaller.firstDelay, open: @escaping Opening
    ) {
        self.name = name
        self.identity = identity
        self.service = service
        self.chunkRows = chunkRows
        self.rereads = rereads
        self.firstDelay = firstDelay
        self.open = open
    }

    package func takeSnapshot(
        in folder: String, options: SnapshotOptions, exclude: [Glob], cancellation: Cancellation, progress: RunProgress
    ) throws -> Snapshot {
        let (database, close) = try open()
        defer { close() }
        let caller = RemoteCaller(
            database, breathing: options.breathing, cancellation: cancellation, firstDelay: firstDelay)
        let result: Mirror.Result
        do {
            result = try Mirror(
                caller: caller, source: self, folder: folder, exclude: exclude, cancellation: cancellation,
                progress: progress
            ).run()
        } catch let error as RemoteError {
            throw RemoteCaller.explain(error, database)
        }
        let facts = Manifest.SnapshotFacts(
            method: .mirror, consistency: result.consistency, begunAt: result.begunAt, takenAt: .now)
        return try Snapshot(
            mirrorIn: folder, facts: facts,
            origin: .init(
                kind: service.rawValue, journalMode: "unknown", sqliteVersion: result.sqliteVersion ?? "",
                notes: result.notes, excluded: result.excluded))
    }

    /// It is files of the run's folder that SQLite speaks of.
    package func explain(_ error: SQLiteError) -> NightjarError {
        if error.isInterrupted { return NightjarError(.cancelled, "stopped while copying \(name)", cause: error) }
        if error.isFull {
            return NightjarError(
                .io, "the disk is full while copying \(name)",
                hint: "Free space in scratch_dir, or point scratch_dir to a larger disk.", isTransient: true,
                lacksSpace: true, cause: error)
        }
        return NightjarError(
            .io, "the copy of \(name) in scratch_dir could not be used: \(error)",
            hint: "Look at the disk of scratch_dir and at its permissions, then try again.", isTransient: true,
            cause: error)
    }

    package func hasBegun(in folder: String) -> Bool {
        // A state that a service froze ends with the process that asked for it.
        service != .libsql && MirrorStage.begun(in: folder)?.identity == identity
    }

    private static func identity(of settings: RemoteSettings) -> String {
        switch settings.place {
        case .starbasedb(let url), .libsql(let url): "\(settings.service.rawValue) \(url)"
        case .d1(let account, let database, let url): "\(settings.service.rawValue) \(url) \(account) \(database)"
        }
    }
}
