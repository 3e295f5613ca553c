import Model
import Pipeline
import Remote
import Settings

/// Whether databases behind HTTP APIs can be read as their backups will read them.
extension Doctor {
    /// Seconds: what differs by more makes times in reports and in the database disagree.
    private static let clockTolerance = 300.0

    /// - Returns: Bytes that a backup needs in the scratch directory at a time; 0 where the service could not be asked, nil
    ///   where it does not tell.
    /// - Throws: Only where the task was cancelled.
    func examine(
        _ settings: RemoteSettings, of database: DatabaseSettings, _ findings: inout [Finding]
    ) async throws -> Int64? {
        let subject = "database \(database.name)"
        if let file = settings.caFile, let finding = unreadable(caFile: file, subject) {
            findings.append(finding)
            return 0
        }
        do {
            let cancellation = Cancellation()
            let exclude = database.exclude.map { Glob($0) }
            let probe = try await DedicatedThread.run(cancellation: cancellation) {
                try RemoteProbe.probe(settings, exclude: exclude, cancellation: cancellation)
            }
            findings.append(good(subject, "\(settings.shown): \(probe.description)"))
            for refusal in probe.refusals {
                findings.append(
                    Finding(
                        kind: .problem, subject: subject, message: "\(refusal.table) cannot be read: \(refusal.reason)",
                        hint: "What cannot be read has to stand under `exclude`.", code: .unreachable))
            }
            for note in probe.notes { findings.append(warning(subject, note)) }
            if abs(probe.clockDifference) > Self.clockTolerance {
                findings.append(warning(subject, Self.words(clockDifference: probe.clockDifference)))
            }
            // The rows as they came, and the snapshot that is made of them.
            return probe.bytes > 0 ? probe.bytes * 2 : nil
        } catch {
            try Task.checkCancellation()
            findings.append(problem(subject, error))
            return 0
        }
    }

    private func warning(_ subject: String, _ message: String) -> Finding {
        Finding(kind: .warning, subject: subject, message: message, hint: nil, code: .internal)
    }

    private static func words(clockDifference seconds: Double) -> String {
        let difference = DurationText.format(seconds: abs(seconds))
        return "the service's clock is \(difference) \(seconds > 0 ? "ahead of" : "behind") this machine's"
    }
}
