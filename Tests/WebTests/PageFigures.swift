import Catalog
import Model
import Settings
import TestSupport

@testable import Appliance
@testable import Web

/// What the tests of the pages show: read models made by hand.
enum PageFigures {
    /// 2026-03-16T08:12:41Z.
    static let now = Timestamp(seconds: 1_773_648_761)
    static let hour: Int64 = 3600
    static let day: Int64 = 86_400
    /// What a database, an error or a log may hold to harm a page.
    static let hostile = "\"><script>alert(1)</script><img src=x onerror='alert(2)'>&amp;\u{202E}\u{0}"
    /// A quotation mark and an angle bracket that a reader of characters, not of scalars, takes for others.
    static let combined = "\"\u{301} onmouseover=alert(1) x=\"\u{301}<\u{338}b>"

    static let admin = Viewer(name: "admin", scope: .admin, nonce: "0123abcd", csrf: "1.proof")
    static let reader = Viewer(name: "wall", scope: .read, nonce: "0123abcd", csrf: nil)

    static func ago(_ seconds: Int64) -> Timestamp { Timestamp(seconds: now.seconds - seconds) }

    static func id(_ seconds: Int64) -> BackupID { BackupID(time: ago(seconds)) }

    static func days(_ marks: [Overview.Day]) -> [Overview.DayMark] {
        marks.enumerated().map { index, mark in
            let at = ago(Int64(marks.count - 1 - index) * day)
            return Overview.DayMark(date: String(at.text.prefix(10)), day: mark)
        }
    }

    static func trend(_ sizes: [Int64]) -> [Overview.Trend] {
        sizes.enumerated().map { index, size in
            Overview.Trend(
                at: ago(Int64(sizes.count - index) * day), dumpBytes: size, storedBytes: size / 4, rows: size / 100,
                seconds: 10 + size % 7)
        }
    }

    static func status(
        _ name: String, _ state: StatusReport.State, alarms: [String] = [], running: StatusReport.Run? = nil,
        failure: StatusReport.Failure? = nil, shortfall: String? = nil
    ) -> StatusReport.Database {
        let hasBackup = state != .none
        let hasProof = hasBackup && state != .removed
        return StatusReport.Database(
            name: name, state: state, backups: hasBackup ? 3 : 0, lastBackup: hasBackup ? "\(id(5 * hour))" : nil,
            lastBackupAt: hasBackup ? ago(5 * hour) : nil, lastBackupShortfall: shortfall,
            lastProof: hasProof ? "\(id(29 * hour))" : nil,
            lastProofAt: hasProof ? ago(9 * hour) : nil, nextRunAt: state == .removed ? nil : ago(-14 * hour),
            running: running, lastFailure: failure, alarms: alarms)
    }

    static func database(
        _ name: String = "shop", _ state: StatusReport.State = .protected, alarms: [String] = [],
        running: StatusReport.Run? = nil, failure: StatusReport.Failure? = nil,
        days marks: [Overview.Day] = Array(repeating: .verified, count: 90), trend sizes: [Int64] = [1000, 2000, 1500],
        verifying: VerificationTask? = nil, exporting: ExportStatus? = nil, source: DatabaseSource? = nil,
        shortfall: String? = nil
    ) -> Overview.Database {
        let isKnown = state != .removed
        return Overview.Database(
            status: status(name, state, alarms: alarms, running: running, failure: failure, shortfall: shortfall),
            source: isKnown ? (source ?? .sqlite(path: "/srv/\(name).db")).shown : nil, store: "r2",
            location: isKnown ? "r2.example/nightly" : nil,
            zone: isKnown ? "Europe/Berlin" : nil, nextRunLocal: isKnown ? "2026-03-16 23:12 Europe/Berlin" : nil,
            schedule: isKnown ? "17 3 * * *" : nil, trend: trend(sizes), days: days(marks), rows: 2_051_331,
            dumpBytes: 325_058_560, storedBytes: 88_080_384, verifying: verifying, exporting: exporting)
    }

    static func overview(_ databases: [Overview.Database], running: Int = 0, queued: Int = 0) -> Overview {
        let words = OverviewWords(databases.map(\.status), now: now)
        return Overview(
            isProtected: words.isProtected, headline: words.headline, advice: words.advice, now: now,
            databases: databases, queued: queued, running: running)
    }

    static func running(_ phase: RunPhase = .export, isRunning: Bool = true) -> StatusReport.Run {
        StatusReport.Run(
            id: 17, isRunning: isRunning, phase: phase.rawValue, startedAt: ago(100), rows: 1_204_331,
            dumpBytes: 104_857_600, storedBytes: 10, fraction: 0.4249, secondsLeft: 200)
    }

    static func backup(
        _ seconds: Int64, _ proof: BackupProof = .proved, store: String = "r2", shortfall: String? = nil
    ) -> BackupRecord {
        BackupRecord(
            id: id(seconds), database: "shop", store: store, createdAt: ago(seconds), rows: 2_051_331,
            dumpBytes: 325_058_560, storedBytes: 88_080_384, proof: proof,
            provedAt: proof == .proved ? ago(seconds - 60) : nil,
            verifiedAt: proof == .unproved ? nil : ago(seconds - 60), shortfall: shortfall)
    }

    /// What retention decides of backups of these ages, with `keep_last: 2`.
    static func decisions(_ backups: [BackupRecord], freeze: Freeze? = nil) -> [RetentionDecision] {
        let candidates = backups.map { backup in
            RetentionCandidate(
                id: backup.id, state: backup.proof == .proved ? .verified : .unproved, isLocked: backup.isLocked)
        }
        return RetentionPlan(
            candidates: candidates, policy: RetentionPolicy(keepLast: 2), zone: .utc, now: now, asksForProof: true,
            freeze: freeze
        ).decisions
    }

    static func detail(
        _ database: Overview.Database = PageFigures.database(), backups: [BackupRecord] = [], freeze: Freeze? = nil,
        runs: [RunRecord] = [], verifications: [VerificationRecord] = [], events: [EventRecord] = [],
        exports: [ExportStatus] = [], source: DatabaseSource = .sqlite(path: "/srv/shop.db")
    ) -> DatabaseDetail {
        let isKnown = database.status.state != .removed
        let decided = isKnown ? decisions(backups, freeze: freeze) : []
        return DatabaseDetail(
            overview: database,
            settings: isKnown
                ? DatabaseSettings(name: database.status.name, source: source, storeNames: ["r2"]) : nil,
            backups: backups.map { backup in
                DatabaseDetail.Fate(backup: backup, decision: decided.first { $0.id == backup.id })
            },
            retention: isKnown ? "keep_last: 2" : "every backup is kept",
            proofs: isKnown
                ? ProofStanding(
                    routine: "proved again every 30 days", oldest: ago(12 * 86_400), unproved: 0, late: 0, warning: nil)
                : nil, next: nil, runs: runs,
            verifications: verifications,
            events: events, exports: exports)
    }

    static func verification(
        _ outcome: VerificationReport.Outcome = .proved, id number: Int64 = 12
    ) -> VerificationRecord {
        VerificationRecord(
            id: number, backup: id(5 * hour), database: "shop", store: "r2", at: ago(4 * hour),
            level: outcome == .checked ? .checksum : .restore, outcome: outcome, seconds: 14.2,
            differences: outcome == .different ? 1 : 0, reportKey: "shop/report.json")
    }
}

extension PageFigures {
    static func manifest(
        table: SQLText = "orders", compression: String = "zstd", schema: [Manifest.SchemaObject] = [],
        collations: [String] = [], notes: [String] = [], kind: String = "sqlite", consistency: Consistency? = nil
    ) -> Manifest {
        let suffix = ["zstd": ".zst", "gzip": ".gz"][compression] ?? ""
        let key = "shop/\(id(5 * hour)).sql\(suffix)"
        return Manifest(
            id: "\(id(5 * hour))", database: "shop", appliance: "one", tool: "nightjar 1.2.3", startedAt: ago(5 * hour),
            finishedAt: ago(5 * hour - 60),
            source: Manifest.SourceFacts(
                kind: kind, pageSize: 4096, pageCount: 79_512, encoding: "UTF-8", journalMode: "wal", autoVacuum: 0,
                userVersion: 17, applicationID: 0, sqliteVersion: "3.40.1"),
            snapshot: snapshot(consistency),
            options: Manifest.Options(
                format: .sql, compression: compression, compressionLevel: 3, chunkRows: 1000, partSize: 8 << 20),
            objects: [
                Manifest.StoredObject(
                    key: key, size: 88_080_384, uncompressedSize: 325_058_560, etag: "\"abc-11\"",
                    parts: [Manifest.StoredPart(number: 1, size: 88_080_384, sha256: "00", etag: nil)])
            ],
            tables: [
                Manifest.TableRecord(
                    name: table, rows: 2_051_331, digest: TableDigest(), carriesRowid: true, isShadow: false,
                    range: Manifest.ByteRange(offset: 0, length: 10), changedRows: 0, digestAfterImport: nil)
            ],
            schema: schema, excluded: [Manifest.Excluded(name: "tmp_import", pattern: "tmp_*")],
            foreignCollations: collations, notes: notes)
    }

    /// Of a dump of rows, in zstd: each table has 1024 bytes of them.
    static func manifest(
        of format: DumpFormat, tables names: [SQLText] = ["orders", "order items"], notes: [String] = [],
        kind: String = "sqlite"
    ) -> Manifest {
        var manifest = PageFigures.manifest(notes: notes, kind: kind)
        let keys = BackupKeys(database: "shop", id: id(5 * hour)).dump(format, .standard)
        let hasObjects = format.hasObjectPerTable
        let objects =
            hasObjects ? names.enumerated().map { keys.object(ofTable: $0.element, number: $0.offset) } : [keys.root]
        let size: Int64 = hasObjects ? 1024 : 1024 * Int64(names.count)
        manifest.options.format = format
        manifest.objects = objects.map { key in
            var object = Manifest.StoredObject(
                key: key, size: 300, uncompressedSize: size, etag: nil,
                parts: [Manifest.StoredPart(number: 1, size: 300, sha256: "00", etag: nil)])
            object.crc32 = hasObjects ? "d310a6fd" : nil
            return object
        }
        manifest.tables = names.enumerated().map { index, name in
            Manifest.TableRecord(
                name: name, rows: 7, digest: TableDigest(), carriesRowid: true, isShadow: false,
                range: Manifest.ByteRange(offset: hasObjects ? 0 : 1024 * Int64(index), length: 1024), changedRows: 0,
                digestAfterImport: nil, object: hasObjects ? index : nil)
        }
        return manifest
    }

    private static func snapshot(_ consistency: Consistency?) -> Manifest.SnapshotFacts {
        let begun = ago(5 * hour)
        let taken = ago(5 * hour - 5)
        guard let consistency else {
            return Manifest.SnapshotFacts(method: .copy, consistent: true, begunAt: begun, takenAt: taken)
        }
        return Manifest.SnapshotFacts(method: .mirror, consistency: consistency, begunAt: begun, takenAt: taken)
    }

    static func backupDetail(
        _ record: BackupRecord = PageFigures.backup(5 * PageFigures.hour), manifest: Manifest? = PageFigures.manifest(),
        failure: RunFailure? = nil, verifications: [VerificationRecord] = [], verifying: VerificationTask? = nil
    ) -> BackupDetail {
        BackupDetail(
            record: record, copies: [record], manifest: manifest, failure: failure, verifications: verifications,
            location: "r2.example/nightly", verifying: verifying, verified: nil, decision: decisions([record]).first)
    }

    static func report(_ outcome: VerificationReport.Outcome = .proved, table: SQLText = "orders") -> VerificationReport
    {
        var report = VerificationReport(
            id: "\(id(5 * hour))", database: "shop", level: outcome == .checked ? .checksum : .restore,
            startedAt: ago(4 * hour + 14), tool: "nightjar 1.2.3", sqliteVersion: "3.40.1", host: "web-1")
        report.outcome = outcome
        report.finishedAt = ago(4 * hour)
        report.objectsChecked = 1
        report.bytesChecked = 88_080_384
        report.totalSeconds = 14.2
        guard outcome != .checked else { return report }
        report.importSeconds = 11
        report.integrityCheck = ["ok"]
        let isDifferent = outcome == .different
        report.tables = [
            VerificationReport.TableResult(
                name: table, rowsExpected: 2_051_331, rowsFound: isDifferent ? 2_051_330 : 2_051_331,
                digestExpected: TableDigest(), digestFound: TableDigest()),
            VerificationReport.TableResult(
                name: "items", rowsExpected: 7, rowsFound: 7, digestExpected: TableDigest(),
                digestFound: TableDigest()),
        ]
        if isDifferent {
            report.differences = [.init(table: table, "2,051,331 rows expected, 2,051,330 found")]
        }
        return report
    }

    /// Runs `body` with a catalog: only a catalog makes records of runs.
    static func withCatalog<Value: Sendable>(_ body: (Catalog) async throws -> Value) async throws -> Value {
        try await withTemporaryDirectory { folder in
            let catalog = try await Catalog.open(directory: folder, access: .readWrite, at: now).catalog
            let value = try await body(catalog)
            await catalog.close()
            return value
        }
    }

    /// A run that began 200 seconds ago, and ended a while later unless `end` is nil.
    static func run(
        _ end: RunEnd.State?, failure: RunFailure? = nil, trigger: RunTrigger = .schedule, isQueued: Bool = false
    ) async throws -> RunRecord {
        try await withCatalog { catalog in
            let begun = try await catalog.begin(
                RunStart(
                    database: "shop", trigger: trigger, slot: trigger == .schedule ? ago(260) : nil, missed: 2,
                    isQueued: isQueued, at: ago(200)))
            guard !isQueued else { return begun }
            try await catalog.update(
                begun.id,
                progress: RunProgressRecord(
                    phase: .export, rows: 1_204_331, dumpBytes: 104_857_600, storedBytes: 20_971_520, fraction: 0.42,
                    secondsLeft: 200), at: ago(100))
            guard let end else { return try await catalog.run(begun.id) ?? begun }
            return try await catalog.finish(
                begun.id,
                RunEnd(
                    end, at: ago(50), rows: 2_051_331, backup: end == .completed ? id(200) : nil,
                    verification: end == .completed ? .proved : nil, failure: failure))
        }
    }
}
