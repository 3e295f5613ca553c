import Dump
import Model
import Pipeline
import SQLite
import Storage

/// Proves one backup from its store.
package struct Verification: Sendable {
    package let store: any ObjectStore
    package let manifest: Manifest
    package let level: VerificationLevel
    /// A folder of this verification's own.
    package let workDirectory: String
    package let tool: String
    package let progress: RunProgress?

    package init(
        store: any ObjectStore, manifest: Manifest, level: VerificationLevel, workDirectory: String, tool: String,
        progress: RunProgress?
    ) {
        self.store = store
        self.manifest = manifest
        self.level = level
        self.workDirectory = workDirectory
        self.tool = tool
        self.progress = progress
    }

    /// - Returns: The report, whatever it found.
    /// - Throws: Where nothing could be found out: the store is away, the scratch disk is full. That is no difference.
    package func run() async throws -> VerificationReport {
        var report = VerificationReport(
            id: manifest.id, database: manifest.database, level: level, startedAt: .now, tool: tool,
            sqliteVersion: SQLiteLibrary.version, host: HostName.current)
        let start = ContinuousClock.now
        progress?.begin(.verify, units: manifest.storedBytes)
        switch level {
        case .none:
            throw NightjarError(.usage, "there is nothing to verify at the level `none`")
        case .checksum:
            try await checkBytes(&report)
        case .restore:
            try await proveByRestoring(&report, start)
        }
        report.objectsChecked = manifest.objects.count
        report.finishedAt = .now
        report.totalSeconds = (ContinuousClock.now - start).seconds
        if report.differences.isEmpty { report.outcome = level == .restore ? .proved : .checked }
        return report
    }

    private func checkBytes(_ report: inout VerificationReport) async throws {
        for object in manifest.objects {
            var checker = PartChecker(object)
            do {
                for try await chunk in try await store.get(object.key, range: nil) {
                    chunk.withUnsafeBytes { checker.append($0) }
                    progress?.add(done: Int64(chunk.count))
                }
                checker.finish()
                report.differences += checker.differences
            } catch let error as StoreError where error.code == .missing {
                report.differences.append(.init(object: object.key, "the object is missing"))
            }
            report.bytesChecked += checker.bytes
        }
    }

    private func proveByRestoring(_ report: inout VerificationReport, _ start: ContinuousClock.Instant) async throws {
        let path = workDirectory + "/verify.db"
        let scratch = ScratchDatabase(path: path)
        defer { scratch.remove() }
        try ScratchSpace.require(for: manifest, at: path)
        let cancellation = Cancellation()
        let imported = try await DumpImport(store: store, manifest: manifest, progress: progress)
            .run(into: scratch, cancellation: cancellation)
        report.differences += imported.differences
        report.bytesChecked = imported.bytesChecked
        report.importSeconds = (ContinuousClock.now - start).seconds
        // With damaged bytes a comparison would only repeat in other words what is known already.
        guard imported.differences.isEmpty else { return }
        let findings = try await DedicatedThread.run(cancellation: cancellation) { [manifest] in
            try ScratchFailure.explaining(scratch, manifest) {
                try DatabaseComparison(
                    manifest: manifest, tables: nil, hasStandIns: scratch.hasStandIns
                ).run(scratch.open(.immutable), cancellation: cancellation)
            }
        }
        try scratch.checkConflicts(findings, manifest)
        report.add(findings)
        report.notes += scratch.standInNotes
    }
}

extension VerificationReport {
    mutating func add(_ findings: DatabaseComparison.Findings) {
        tables = findings.tables
        differences += findings.differences
        integrityCheck = findings.integrityCheck
        foreignKeyViolations = findings.foreignKeyViolations
        notes += findings.notes
    }
}

extension ScratchDatabase {
    /// What was done in place of what only the application has, and what has to be done about it.
    var standInNotes: [String] {
        guard hasStandIns else { return [] }
        return [
            "The schema uses \(standInNames), which only its application has. All rows are here; "
                + "indexes and generated columns that use them were made with stand-ins (BINARY, NULL): "
                + "run REINDEX in the application, twice, before using a restored file."
        ]
    }

    /// `functions f, g and collations c`.
    var standInNames: String {
        let kinds = [("functions", functionStandIns.map(\.name)), ("collations", collationStandIns)]
        return kinds.filter { !$0.1.isEmpty }
            .map { "\($0.0) \(Set($0.1).sorted().joined(separator: ", "))" }.joined(separator: " and ")
    }
}
