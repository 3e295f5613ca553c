import Appliance
import Model
import Restore

/// Verifications that the daemon makes because somebody asks for them on the command line.
struct DaemonVerification {
    private struct Wish: Encodable {
        var level: VerificationLevel
    }

    private static let firstPause = Duration.milliseconds(100)
    private static let longestPause = Duration.seconds(1)

    let daemon: ControlClient
    let level: VerificationLevel

    /// Has a backup verified, and waits for the end. A task that is cancelled stops waiting; the daemon goes on.
    /// - Returns: The report, whatever it found; nil where the daemon does not know that backup in that store.
    /// - Throws: Code `busy` where it is being verified already, or where nothing could be found out.
    func verify(_ backup: BackupLocator.Found, _ progress: RemoteProgress) async throws -> VerificationReport? {
        guard let before = try await known(backup) else { return nil }
        let keys = backup.entry.keys
        let id = keys.id.description
        progress.set(WorkProgress(phase: .verify))
        _ = try await daemon.post("\(path(id))/verify", Wish(level: level))
        let after: BackupDetailAnswer
        do {
            after = try await watch(id, progress)
        } catch {
            if Task.isCancelled { Output.errorLine("nightjar: the daemon goes on verifying \(id)") }
            throw error
        }
        let earlier = Set(before.verifications.map(\.id))
        let made = after.verifications.filter { !earlier.contains($0.id) }
        guard let newest = made.max(by: { $0.id < $1.id }) else { throw await failure(keys) }
        return try await report(newest, backup)
    }

    private func known(_ backup: BackupLocator.Found) async throws -> BackupDetailAnswer? {
        let keys = backup.entry.keys
        do {
            let answer = try await daemon.get(path(keys.id.description), as: BackupDetailAnswer.self)
            let isThis = answer.backup.database == keys.database && answer.backup.store == backup.storeName
            return isThis ? answer : nil
        } catch let error as NightjarError where error.code == .missing {
            return nil
        }
    }

    /// Asks for all databases, which costs the store nothing; only where the work is not seen there, for the backup.
    private func watch(_ id: String, _ progress: RemoteProgress) async throws -> BackupDetailAnswer {
        var pause = Self.firstPause
        while true {
            let overview = try await daemon.get("/api/v1/overview", as: OverviewAnswer.self)
            var task = overview.databases.compactMap(\.verifying).first { $0.backup == id }
            if task == nil {
                let answer = try await daemon.get(path(id), as: BackupDetailAnswer.self)
                guard let verifying = answer.verifying else { return answer }
                task = verifying
            }
            if let task { progress.set(task.progress) }
            try await Task.sleep(for: pause)
            pause = min(pause * 1.5, Self.longestPause)
        }
    }

    /// Why there is no report, as far as the daemon has told anybody.
    private func failure(_ keys: BackupKeys) async -> NightjarError {
        let path = "/api/v1/databases/\(ControlClient.segment(keys.database))"
        let events = try? await daemon.get(path, as: DatabaseDetailAnswer.self).events
        let words = "\(keys.id) could not be verified: "
        let reason = events?.first { $0.text.hasPrefix(words) }?.text
        return NightjarError(
            .busy, reason ?? "\(keys.id) could not be verified by the daemon",
            hint: "See more with: journalctl -u nightjar", isTransient: true)
    }

    private func report(
        _ verification: VerificationAnswer, _ backup: BackupLocator.Found
    ) async throws -> VerificationReport {
        let number = verification.id
        let answer = try await daemon.get("/api/v1/verifications/\(number)", as: VerificationDetailAnswer.self)
        if let report = answer.report { return report }
        guard let key = verification.reportKey else {
            throw NightjarError(
                .busy, "the report of verification \(number) could not be kept in the store",
                hint: "nightjar status says what it found.")
        }
        return try await StoredBackups(store: backup.store).report(key, of: backup.entry.keys)
    }

    private func path(_ id: String) -> String { "/api/v1/backups/\(ControlClient.segment(id))" }
}
