import Appliance
import HTTPClient
import Model
import Restore
import Settings
import Storage

/// Backups that the daemon makes because somebody asks for them on the command line.
struct DaemonBackup {
    private struct Wish: Encodable {
        /// Left out for what the configuration asks for.
        var verify: VerificationLevel?
    }

    let daemon: ControlClient
    let appliance: Appliance
    /// nil for what the configuration asks for.
    let verify: VerificationLevel?

    /// Has a backup made, and follows its run to the end; a task that is cancelled has the run cancelled.
    /// - Throws: Why there is no backup; code `busy` where another run of that database is under way.
    func make(_ database: DatabaseSettings, _ progress: RemoteProgress) async throws -> MadeBackup {
        let id = try await start(database.name)
        let follower = RunFollower(daemon: daemon, id: id)
        let (run, seconds) = try await follower.follow(progress)
        guard let text = run.backup, let backup = BackupID(text),
            run.state == "completed" || run.verification == "different"
        else { throw Self.failure(of: run, database.name) }
        return try await readBack(run, backup, of: database, seconds)
    }

    /// - Returns: The run's id.
    private func start(_ name: String) async throws -> Int64 {
        let path = "/api/v1/databases/\(PathSegment.encode(name))/backup"
        let answer: HTTPResponse
        do {
            answer = try await daemon.post(path, Wish(verify: verify))
        } catch let error as NightjarError where error.code == .missing {
            // This configuration has it, or nobody would have asked.
            throw NightjarError(
                .missing, "the daemon does not know the database \(name) yet: \(error.message)",
                hint: "Have it read its configuration again: systemctl reload nightjar")
        }
        if let last = answer.headers["location"]?.split(separator: "/").last, let id = Int64(last) { return id }
        return try ControlClient.read(RunDetailAnswer.self, from: answer, of: "POST \(path)").run.id
    }

    private static func failure(of run: RunAnswer, _ database: String) -> NightjarError {
        switch run.state {
        case "cancelled":
            return NightjarError(.cancelled, "run \(run.id) of \(database) was cancelled")
        case "interrupted":
            return NightjarError(
                .busy, "the daemon ended before run \(run.id) of \(database) was through", hint: "Run it again.",
                isTransient: true)
        default:
            let code = run.failure?.code.flatMap { FailureCode(rawValue: $0) } ?? .internal
            return NightjarError(
                code, run.failure?.message ?? "run \(run.id) of \(database) ended without a backup",
                hint: run.failure?.hint)
        }
    }

    // MARK: The backup

    /// The backup with its manifest and its report, from the store; as the daemon tells it where that cannot be read.
    private func readBack(
        _ run: RunAnswer, _ id: BackupID, of database: DatabaseSettings, _ seconds: Double
    ) async throws -> MadeBackup {
        let keys = BackupKeys(database: database.name, id: id)
        let copies = try await copies(id)
        let name = database.storeNames.first { copies[$0] != nil } ?? database.storeName
        var location = name
        var manifest: Manifest?
        var report: VerificationReport?
        var note: String?
        do {
            let store = try appliance.stores.store(named: name)
            location = store.location
            manifest = try await appliance.backups(in: store).manifest(keys)
            let newest = try await newestReport(keys, in: store)
            // One of another verification says nothing about this run.
            if newest?.outcome.rawValue == run.verification { report = newest }
        } catch {
            try Task.checkCancellation()
            note = "What the store holds of it could not be read here: \(FailureText(describing: error).message)"
        }
        var made = MadeBackup(
            id: id.description, database: database.name, store: name, location: location,
            state: report.map { BackupState(report: $0) } ?? Self.state(run), manifest: manifest, report: report,
            seconds: seconds)
        if manifest == nil {
            made.result.rows = run.rows
            made.result.dumpBytes = run.dumpBytes
            made.result.storedBytes = run.storedBytes
        }
        if let note { made.result.notes.append(note) }
        if database.storeNames.count > 1 {
            made.result.stores = database.storeNames.map { BackupStoreResult(store: $0, state: copies[$0]) }
        }
        // A report says itself what was found.
        if report == nil, let failure = run.failure {
            let code = failure.code.flatMap { FailureCode(rawValue: $0) }
            made.fail(
                FailureText(
                    describing: NightjarError(code ?? .internal, failure.message, hint: failure.hint)), code)
        }
        return made
    }

    /// In which stores it is, and what is known of it there.
    private func copies(_ id: BackupID) async throws -> [String: String] {
        let path = "/api/v1/backups/\(PathSegment.encode(id.description))"
        guard let answer = try? await daemon.get(path, as: BackupDetailAnswer.self) else { return [:] }
        return Dictionary(answer.copies.map { ($0.store, $0.state) }, uniquingKeysWith: { first, _ in first })
    }

    private func newestReport(
        _ keys: BackupKeys, in store: any ObjectStore
    ) async throws -> VerificationReport? {
        let page = try await store.list(prefix: keys.verificationPrefix, after: nil, limit: 1000)
        guard let newest = page.objects.map(\.key).max() else { return nil }
        return try await appliance.backups(in: store).report(newest, of: keys)
    }

    private static func state(_ run: RunAnswer) -> BackupState {
        switch run.verification {
        case "proved": .proved
        case "checked": .checked
        case "different": .failed
        default: .unproved
        }
    }
}
