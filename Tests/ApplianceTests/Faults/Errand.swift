import Catalog
import Dump
import Foundation
import Model
import Restore
import SQLite
import Storage
import TestSupport

@testable import Appliance

/// Something that the appliance does with its stores.
enum Errand: String, Sendable, CaseIterable {
    case firstBackup, backup, scheduledBackup, backupToBoth, retention, verification, restore, copyToBucket, copyToDisk
    case sweep, rebuild

    /// How an errand ended that threw nothing.
    enum Ending: Sendable {
        /// With all that it promises.
        case whole
        /// Without some of it, in silence: the next one does it.
        case partial
        /// Without some of it, and saying why.
        case short(any Error)
        /// It says that a backup is not what was written.
        case different
    }

    /// What it must ask the store for, or nothing would be tried.
    var requests: Set<R2Operation> {
        switch self {
        case .firstBackup:
            [.getObject, .headObject, .putObject, .createUpload, .uploadPart, .completeUpload, .list]
        case .backup, .scheduledBackup, .copyToBucket:
            [.getObject, .headObject, .putObject, .createUpload, .uploadPart, .completeUpload]
        case .backupToBoth, .verification: [.getObject, .headObject, .putObject]
        case .retention: [.getObject, .headObject, .delete, .list]
        case .restore, .rebuild: [.list, .getObject]
        case .copyToDisk: [.getObject]
        case .sweep: [.listUploads, .abort, .list, .headObject, .delete]
        }
    }

    /// How many of a database's backups are kept.
    var kept: Int { self == .retention ? 1 : 9 }

    /// The scheduled time of a run that is gone on with.
    var slot: Timestamp? { self == .scheduledBackup ? Timestamp(seconds: 1_773_541_800) : nil }

    func perform(_ appliance: Appliance, _ catalog: Catalog, in site: Site) async throws -> Ending {
        switch self {
        case .firstBackup, .backup, .scheduledBackup, .backupToBoth: return try await backUp(appliance, catalog)
        case .retention: return try await prune(appliance, catalog)
        case .verification: return try await verify(appliance, catalog)
        case .restore: return try await restore(appliance, in: site)
        case .copyToBucket: return try await copy(from: "disk", to: "bucket", appliance, catalog)
        case .copyToDisk: return try await copy(from: "bucket", to: "disk", appliance, catalog)
        case .sweep: return try await sweep(appliance)
        case .rebuild: return try await rebuild(appliance, catalog)
        }
    }

    func backUp(_ appliance: Appliance, _ catalog: Catalog) async throws -> Ending {
        let outcome = try await RecordedRun(
            appliance: appliance, catalog: catalog, database: try appliance.database("shop"),
            trigger: slot == nil ? .command : .schedule, slot: slot, handle: RunHandle()
        ).run()
        if let error = outcome.dropped.values.first { return .short(error) }
        if let error = outcome.copies.compactMap({ $0.verificationFailure }).first { return .short(error) }
        let states = outcome.copies.map(\.state)
        if states.contains(.failed) { return .different }
        return states.allSatisfy { $0 == .proved } ? .whole : .partial
    }

    private func prune(_ appliance: Appliance, _ catalog: Catalog) async throws -> Ending {
        let outcome = try await RetentionRun(
            appliance: appliance, catalog: catalog, database: try appliance.database("shop"), store: "bucket"
        ).run()
        return outcome.deleted.count == 1 && outcome.locked.isEmpty ? .whole : .partial
    }

    private func verify(_ appliance: Appliance, _ catalog: Catalog) async throws -> Ending {
        guard let newest = try await catalog.backups(of: "shop").first else { return .partial }
        let found = try await RecordedVerification(
            appliance: appliance, catalog: catalog, backup: newest, level: .restore, progress: RunProgress()
        ).run()
        switch found.report.outcome {
        case .proved: return .whole
        case .checked: return .partial
        case .different: return .different
        }
    }

    private func restore(_ appliance: Appliance, in site: Site) async throws -> Ending {
        _ = try await RestoreRun(
            appliance: appliance, what: "shop", at: nil,
            options: .init(target: site.restored, tables: [], force: false), progress: nil
        ).run()
        let rows = try Database(path: site.restored, access: .readOnly).integer("SELECT count(*) FROM t")
        return rows == FaultSite.rows ? .whole : .partial
    }

    private func copy(
        from source: String, to target: String, _ appliance: Appliance, _ catalog: Catalog
    ) async throws -> Ending {
        guard let record = try await catalog.backups(of: "shop").first(where: { $0.store == source }) else {
            return .partial
        }
        let outcome = try await RecordedCopy(
            appliance: appliance, catalog: catalog, keys: BackupKeys(database: "shop", id: record.id), from: [source],
            to: target, progress: RunProgress()
        ).run()
        if let failure = outcome.failure {
            return .short(
                NightjarError(failure.code, failure.message, hint: failure.hint, isTransient: failure.hint == nil))
        }
        switch outcome.verification?.outcome {
        case .proved: return .whole
        case .different: return .different
        case .checked, nil: return .partial
        }
    }

    private func sweep(_ appliance: Appliance) async throws -> Ending {
        let removed = try await OrphanSweep(
            store: try appliance.stores.store(named: "bucket"), database: "shop", now: .now, keeping: []
        ).run()
        return removed.count == FaultSite.strays ? .whole : .partial
    }

    private func rebuild(_ appliance: Appliance, _ catalog: Catalog) async throws -> Ending {
        let outcome = try await CatalogRebuild(appliance: appliance, catalog: catalog).run()
        guard let failure = outcome.failures.first else { return .whole }
        // It tells what could not be asked, and the next rebuild asks again.
        return .short(NightjarError(.unreachable, failure, isTransient: true))
    }
}

extension Site {
    /// Where an errand restores to.
    var restored: String { path + "/restored.db" }
}
