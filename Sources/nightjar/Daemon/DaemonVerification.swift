import Appliance
import Model
import Restore

/// Verifications that the daemon makes because somebody asks for them on the command line.
struct DaemonVerification {
    private struct Wish: Encodable {
        var level: VerificationLevel
        var store: String
    }

    private static let firstPause = Duration.milliseconds(100)
    private static let longestPause = Duration.seconds(1)

    let daemon: ControlClient
    let level: VerificationLevel

    /// Has a backup verified, and waits for the end; a task that is cancelled has the verification cancelled.
    /// - Returns: The report, whatever it found; nil where the daemon does not know that backup in that store.
    /// - Throws: Code `busy` where it is being verified already; why nothing could be found out.
    func verify(_ backup: BackupLocator.Found, _ progress: RemoteProgress) async throws -> VerificationReport? {
        let keys = backup.entry.keys
        let id = keys.id.description
        guard try await knows(backup) else { return nil }
        progress.set(WorkProgress(phase: .verify))
        let path = "\(path(id))/verify"
        let answer = try await daemon.post(path, Wish(level: level, store: backup.storeName))
        let begun = try ControlClient.read(VerificationBegunAnswer.self, from: answer, of: "POST \(path)")
        let after: BackupDetailAnswer
        do {
            after = try await watch(id, begun.verifying.task, progress)
        } catch {
            if Task.isCancelled { await cancel(id) }
            throw error
        }
        guard let end = after.verified, end.task == begun.verifying.task else {
            throw NightjarError(
                .busy, "the daemon ended before it had verified \(id)", hint: "Run it again.", isTransient: true)
        }
        guard let number = end.verification, let made = after.verifications.first(where: { $0.id == number }) else {
            throw NightjarError(
                end.failure?.code.flatMap { FailureCode(rawValue: $0) } ?? .internal,
                end.failure?.message ?? "the verification of \(id) left no report", hint: end.failure?.hint)
        }
        return try await report(made, backup)
    }

    private func knows(_ backup: BackupLocator.Found) async throws -> Bool {
        let keys = backup.entry.keys
        do {
            let answer = try await daemon.get(path(keys.id.description), as: BackupDetailAnswer.self)
            return answer.copies.contains { $0.database == keys.database && $0.store == backup.storeName }
        } catch let error as NightjarError where error.code == .missing {
            return false
        }
    }

    /// Asks for all databases, which costs the store nothing; only where the work is not seen there, for the backup.
    private func watch(_ id: String, _ task: Int64?, _ progress: RemoteProgress) async throws -> BackupDetailAnswer {
        var pause = Self.firstPause
        while true {
            let overview = try await daemon.get("/api/v1/overview", as: OverviewAnswer.self)
            var work = overview.databases.compactMap(\.verifying).first { $0.backup == id && $0.task == task }
            if work == nil {
                let answer = try await daemon.get(path(id), as: BackupDetailAnswer.self)
                guard let verifying = answer.verifying, verifying.task == task else { return answer }
                work = verifying
            }
            if let work { progress.set(work.progress) }
            try await Task.sleep(for: pause)
            pause = min(pause * 1.5, Self.longestPause)
        }
    }

    /// In a task that is not cancelled; a daemon that is gone makes nothing any more.
    private func cancel(_ id: String) async {
        let path = path(id) + "/verify"
        let daemon = daemon
        _ = await Task { try? await daemon.delete(path) }.value
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
        return try await backup.backups.report(key, of: backup.entry.keys)
    }

    private func path(_ id: String) -> String { "/api/v1/backups/\(PathSegment.encode(id))" }
}
