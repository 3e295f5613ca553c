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

    /// The backup with its manifest and its report, from the store; as the daemon tells it where that cannot be read,
    /// or not be opened here.
    private func readBack(
        _ run: RunAnswer, _ id: BackupID, of database: DatabaseSettings, _ seconds: Double
    ) async throws -> MadeBackup {
        let keys = BackupKeys(database: database.name, id: id)
        var notes: [String] = []
        let stores = try await stores(run, id, of: database, &notes)
        let there = (stores ?? []).filter { $0.state != nil }.map(\.store)
        let names = there.isEmpty ? [database.storeName] : there
        var stored: StoredManifest?
        var report: VerificationReport?
        do {
            let store = try appliance.stores.store(named: names[0])
            stored = try await appliance.backups(in: store).storedManifest(keys)
            let newest = try await newestReport(keys, in: store)
            // One of another verification says nothing about this run.
            if newest?.outcome.rawValue == run.verification { report = newest }
        } catch {
            try Task.checkCancellation()
            notes.append(
                "What the store holds of it could not be read here: \(FailureText(describing: error).message)")
        }
        var made = MadeBackup(
            id: id.description, database: database.name, store: names[0], location: locations(of: names),
            state: report.map { BackupState(report: $0) } ?? Self.state(run), manifest: stored?.manifest,
            report: report, seconds: seconds)
        if stored?.manifest == nil {
            made.result.rows = run.rows
            made.result.dumpBytes = run.dumpBytes
            made.result.storedBytes = stored?.storedBytes ?? run.storedBytes
        }
        made.needsIdentity = database.encryption?.identities.isEmpty ?? false
        made.result.notes += notes
        made.result.stores = stores
        // A report says itself what was found.
        if report == nil, let failure = run.failure {
            let code = failure.code.flatMap { FailureCode(rawValue: $0) }
            made.fail(
                FailureText(
                    describing: NightjarError(code ?? .internal, failure.message, hint: failure.hint)), code)
        }
        return made
    }

    /// `/srv/backups and s3://backups/web-1`
    private func locations(of names: [String]) -> String {
        names.map { (try? appliance.stores.store(named: $0).location) ?? $0 }.joined(separator: " and ")
    }

    // MARK: The stores

    /// What became of it in each of its stores.
    /// - Parameter notes: Gets why nobody knows.
    /// - Returns: nil where there is one store only, and where the daemon does not say.
    private func stores(
        _ run: RunAnswer, _ id: BackupID, of database: DatabaseSettings, _ notes: inout [String]
    ) async throws -> [BackupStoreResult]? {
        guard database.storeNames.count > 1 else { return nil }
        let path = "/api/v1/backups/\(PathSegment.encode(id.description))"
        let copies: [BackupDetailAnswer.Backup]
        do {
            copies = try await daemon.get(path, as: BackupDetailAnswer.self).copies
        } catch {
            try Task.checkCancellation()
            let reason = FailureText(describing: error).message
            notes.append("The daemon did not say in which of its stores it is: \(reason)")
            return nil
        }
        let states = Dictionary(copies.map { ($0.store, $0.state) }, uniquingKeysWith: { first, _ in first })
        let isEverywhere = database.storeNames.allSatisfy { states[$0] != nil }
        let log = try await isEverywhere ? [] : lines(of: run.id)
        return database.storeNames.map { name in
            let state = states[name]
            return BackupStoreResult(store: name, state: state, error: state == nil ? Self.absence(name, log) : nil)
        }
    }

    /// What a run has said; empty where it cannot be asked any more.
    private func lines(of run: Int64) async throws -> [RunDetailAnswer.LogLine] {
        do {
            return try await daemon.get("/api/v1/runs/\(run)", as: RunDetailAnswer.self).log ?? []
        } catch {
            try Task.checkCancellation()
            return []
        }
    }

    /// Why it is not in a store.
    /// - Parameter log: Its line of that is `not in the store disk, to which it is copied later: No space left …`.
    private static func absence(_ store: String, _ log: [RunDetailAnswer.LogLine]) -> FailureText {
        let line = log.last { $0.text.hasPrefix("not in the store \(store), ") }
        let reason = line.flatMap { line in line.text.firstRange(of: ": ").map { line.text[$0.upperBound...] } }
        return FailureText(
            describing: NightjarError(
                .busy, reason.map { String($0) } ?? "the daemon's run did not bring it there", hint: line?.hint))
    }

    // MARK: The report

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
