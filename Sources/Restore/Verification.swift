import Dump
import Model
import Pipeline
import SQLite
import Storage

/// Proves one backup from its store.
package struct Verification: Sendable {
    package let store: any ObjectStore
    package let backup: StoredManifest
    package let level: VerificationLevel
    /// A folder of this verification's own.
    package let workDirectory: String
    package let tool: String
    package let progress: RunProgress?
    /// Bytes that the scratch database may take; nil for what the disk has.
    package let scratchLimit: Int64?
    /// What is run on the restored copy at the level `restore`, where nothing differs.
    package let drill: Drill?
    /// What opens the backup where it is encrypted, for the level `restore`.
    package let opening: DumpOpening?

    /// - Parameter backup: For the level `restore` one that is open.
    package init(
        store: any ObjectStore, _ backup: StoredManifest, level: VerificationLevel, workDirectory: String, tool: String,
        progress: RunProgress?, scratchLimit: Int64? = nil, drill: Drill? = nil, opening: DumpOpening? = nil
    ) {
        self.opening = opening
        self.scratchLimit = scratchLimit
        self.drill = drill
        self.store = store
        self.backup = backup
        self.level = level
        self.workDirectory = workDirectory
        self.tool = tool
        self.progress = progress
    }

    package init(
        store: any ObjectStore, manifest: Manifest, level: VerificationLevel, workDirectory: String, tool: String,
        progress: RunProgress?, scratchLimit: Int64? = nil, drill: Drill? = nil, opening: DumpOpening? = nil
    ) {
        self.init(
            store: store, .open(manifest), level: level, workDirectory: workDirectory, tool: tool, progress: progress,
            scratchLimit: scratchLimit, drill: drill, opening: opening)
    }

    /// - Returns: The report, whatever it found.
    /// - Throws: Where nothing could be found out: the store is away, the scratch disk is full, the drill cannot be run
    ///   or takes too long. That is no difference.
    package func run() async throws -> VerificationReport {
        var report = VerificationReport(
            id: backup.id, database: backup.database, level: level, startedAt: .now, tool: tool,
            sqliteVersion: SQLiteLibrary.version, host: HostName.current)
        if case .open(let manifest) = backup {
            report.sourceSQLiteVersion = manifest.source.knownSQLiteVersion
            report.consistency = manifest.snapshot.consistency
        }
        let start = ContinuousClock.now
        progress?.begin(.verify, units: backup.storedBytes)
        switch level {
        case .none:
            throw NightjarError(.usage, "there is nothing to verify at the level `none`")
        case .checksum:
            try await checkBytes(&report)
        case .restore:
            guard case .open(let manifest) = backup else {
                let name = "the backup \(backup.id)"
                throw opening == nil ? DumpIdentities.missing(name) : DumpIdentities.noMatch(name)
            }
            try await proveByRestoring(manifest, &report, start)
        }
        report.objectsChecked = backup.objects.count
        report.finishedAt = .now
        report.totalSeconds = (ContinuousClock.now - start).seconds
        if report.differences.isEmpty { report.outcome = level == .restore ? .proved : .checked }
        return report
    }

    private func checkBytes(_ report: inout VerificationReport) async throws {
        var objects: [VerificationReport.ObjectResult] = []
        for object in backup.objects {
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
            objects.append(checker.result)
        }
        report.objects = objects
    }

    private func proveByRestoring(
        _ manifest: Manifest, _ report: inout VerificationReport, _ start: ContinuousClock.Instant
    ) async throws {
        if let drill { try DrillRun.check(drill) }
        let path = workDirectory + "/verify.db"
        let limit = scratchLimit.map { ScratchLimit(bytes: $0, for: manifest) }
        try ScratchSpace.require(for: manifest, at: path, limit: limit)
        let scratch = ScratchDatabase(path: path, limit: limit)
        try scratch.create()
        defer { scratch.remove() }
        let proof = ImportProof(
            importer: DumpImport(
                dump: OpenedDump(in: store, manifest, opening: opening), progress: progress, priority: .background),
            selection: nil, phase: .verify,
            access: .immutable)
        let outcome = try await proof.run(into: scratch, cancellation: Cancellation())
        report.differences += outcome.imported.differences + outcome.imported.seekTableDifferences
        report.bytesChecked = outcome.imported.bytesChecked
        report.objects = outcome.imported.objects
        report.importSeconds = (outcome.importEnd - start).seconds
        if outcome.imported.differences.isEmpty {
            report.note(dumpBytes: manifest.dumpBytes, importSeconds: report.importSeconds)
        }
        if let findings = outcome.findings { report.add(findings) }
        if let drill { try await run(drill, on: path, &report) }
    }

    /// The copy is the drill's: it has been compared, and is thrown away afterwards.
    private func run(_ drill: Drill, on path: String, _ report: inout VerificationReport) async throws {
        guard report.differences.isEmpty else {
            report.notes.append("The drill was not run: the restored database is not what was backed up.")
            return
        }
        let run = DrillRun(
            drill: drill, database: backup.database, backup: backup.id, file: path,
            folder: workDirectory + "/drill")
        let cancellation = Cancellation()
        let result = try await DedicatedThread.run(cancellation: cancellation) { try run.run(cancellation) }
        report.drill = result
        if !result.hasPassed { report.differences.append(.init(result.words)) }
    }
}

extension Manifest {
    /// What has to be known of a backup that is not known to be one state of its source.
    var consistencyNotes: [String] { snapshot.consistency?.warning.map { [$0] } ?? [] }

    /// What has to be known of what was made of a dump of rows alone.
    /// - Parameter ofAll: Whether what is said of other tables matters.
    func rowsAloneNotes(ofAll: Bool) -> [String] {
        guard !dumpHoldsSchema else { return [] }
        return ["The dump has no schema of its own: all but the rows was made as its manifest says."]
            + (ofAll ? notes : [])
    }
}

extension VerificationReport {
    mutating func add(_ findings: DatabaseComparison.Findings) {
        tables = findings.tables
        differences += findings.differences
        schemaObjects = findings.schemaObjects
        integrityCheck = findings.integrityCheck
        foreignKeyViolations = findings.foreignKeyViolations
        foreignKeyViolationsUntold = findings.foreignKeyViolationsUntold
        notes += findings.notes
    }
}
