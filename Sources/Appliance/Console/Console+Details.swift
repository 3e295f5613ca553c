import Catalog
import Dump
import Model
import Restore
import Settings
import Storage

extension Console {
    private static let shown = 50
    private static let exportsShown = 20

    /// - Throws: code `missing` for a database that neither the configuration nor the catalog knows.
    package func database(_ name: String) async throws -> DatabaseDetail {
        let appliance = await daemon.appliance
        let now = now()
        guard
            let status = try await StatusReport.make(appliance.configuration, catalog, only: name, now: now)
                .databases.first
        else {
            throw NightjarError(.missing, "there is no database \(name)")
        }
        let settings = appliance.configuration.database(named: name)
        var exports: [ExportStatus] = []
        for export in try await catalog.exports(of: name, limit: Self.exportsShown) {
            exports.append(try await catalog.status(of: export, now: now))
        }
        let task = await daemon.verificationTasks.first { $0.database == name }
        let overview = try await Self.database(
            status, appliance, catalog, now, verifying: task, exporting: exports.first { $0.isActive })
        return DatabaseDetail(
            overview: overview, settings: settings, backups: try await fates(of: name, settings, appliance),
            retention: Self.policy(of: settings, appliance),
            proofs: try await proofs(settings, appliance), next: try await forecast(settings, appliance),
            runs: try await catalog.runs(of: name, limit: Self.shown),
            verifications: try await catalog.verifications(of: name, limit: Self.shown),
            events: try await happenings(of: name),
            exports: exports)
    }

    /// That runs have begun says the list of the runs.
    private func happenings(of name: String) async throws -> [EventRecord] {
        let events = try await catalog.events(of: name, limit: 2 * Self.shown)
        return Array(events.filter { $0.kind != .backupStarted }.prefix(Self.shown))
    }

    private func fates(
        of name: String, _ settings: DatabaseSettings?, _ appliance: Appliance
    ) async throws -> [DatabaseDetail.Fate] {
        let decisions = try await decisions(settings, appliance)
        return try await catalog.backups(of: name).map { backup in
            DatabaseDetail.Fate(backup: backup, decision: decisions[backup.store]?[backup.id])
        }
    }

    /// `keep_daily: 14`, or `disk: keep_last: 3; r2: every backup is kept` where its stores keep different ones.
    private static func policy(of database: DatabaseSettings?, _ appliance: Appliance) -> String {
        guard let database else { return "every backup is kept" }
        let policies = database.storeNames.map { store in
            appliance.configuration.retention(of: database, in: store).map { "\($0)" } ?? "every backup is kept"
        }
        if Set(policies).count == 1 { return policies[0] }
        return zip(database.storeNames, policies).map { "\($0): \($1)" }.joined(separator: "; ")
    }

    private func proofs(_ settings: DatabaseSettings?, _ appliance: Appliance) async throws -> ProofStanding? {
        guard let settings else { return nil }
        let survey = ProofSurvey(appliance: appliance, catalog: catalog, database: settings)
        let now = now()
        return ProofStanding(try await survey.stock(at: now).plan(at: now), settings.verify)
    }

    /// By stores and backups.
    private func decisions(
        _ settings: DatabaseSettings?, _ appliance: Appliance
    ) async throws -> [String: [BackupID: RetentionDecision]] {
        guard let settings else { return [:] }
        var decisions: [String: [BackupID: RetentionDecision]] = [:]
        for run in RetentionRun.all(appliance, catalog, settings) {
            decisions[run.store] = Dictionary(
                try await run.plan(at: now()).decisions.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        }
        return decisions
    }

    /// Of the first of its stores.
    private func forecast(_ settings: DatabaseSettings?, _ appliance: Appliance) async throws -> RetentionForecast? {
        guard let settings,
            let basis = try await RetentionRun.all(appliance, catalog, settings)[0].forecastBasis(from: now())
        else { return nil }
        return await forecasts.forecast(of: basis)
    }

    /// - Throws: code `missing` for a backup that the catalog does not know.
    package func backup(_ id: BackupID) async throws -> BackupDetail {
        let appliance = await daemon.appliance
        let copies = try await catalog.backups(withID: id)
        guard let record = appliance.preferred(copies) else {
            throw NightjarError(.missing, "there is no backup \(id)", hint: "Retention may have deleted it.")
        }
        let settings = appliance.configuration.database(named: record.database)
        var manifest: Manifest?
        var failure: RunFailure?
        do {
            let store = try appliance.stores.store(named: record.store)
            manifest = try await appliance.backups(in: store).manifest(BackupKeys(database: record.database, id: id))
        } catch {
            try Task.checkCancellation()
            failure = RunFailure(describing: error)
        }
        let location = (try? appliance.stores.store(named: record.store).location) ?? record.store
        return BackupDetail(
            record: record, copies: copies.filter { $0.database == record.database }, manifest: manifest,
            failure: failure,
            verifications: try await catalog.verifications(of: id, database: record.database), location: location,
            verifying: await daemon.verificationTasks.first { $0.backup == id.description },
            verified: await daemon.lastVerification(of: id),
            decision: try await decisions(settings, appliance)[record.store]?[id])
    }

    /// - Throws: code `missing` for one that the catalog does not know.
    package func verification(_ id: Int64) async throws -> VerificationDetail {
        guard let record = try await catalog.verification(id) else {
            throw NightjarError(.missing, "there is no verification \(id)")
        }
        let appliance = await daemon.appliance
        guard let key = record.reportKey else {
            let failure = RunFailure(
                code: .missing, message: "the report could not be kept in the store \(record.store)")
            return VerificationDetail(record: record, report: nil, failure: failure)
        }
        do {
            let store = try appliance.stores.store(named: record.store)
            let keys = BackupKeys(database: record.database, id: record.backup)
            let report = try await appliance.backups(in: store).report(key, of: keys)
            return VerificationDetail(record: record, report: report, failure: nil)
        } catch {
            try Task.checkCancellation()
            return VerificationDetail(record: record, report: nil, failure: RunFailure(describing: error))
        }
    }
}
