import Catalog
import Dump
import Foundation
import Model
import Restore
import Settings
import TestSupport

@testable import Appliance

/// What is left when an errand has ended, and what the next run and the next day make of it.
extension FaultSite {
    /// - Parameters:
    ///   - way: nil where nothing was in the way.
    ///   - isDone: Whether the errand did all that it promises.
    func aftermath(of start: Start, way: FaultWay?, isDone: Bool) async throws -> [String] {
        var complaints = losses(since: start) + halfBackups()
        if errand == .restore {
            let expected: [String] = isDone ? ["restored.db"] : []
            if restoredFiles != expected { complaints.append("the restore left \(restoredFiles)") }
        }
        do {
            complaints += try await withAppliance(attempts: 2) { appliance, catalog in
                try await recover(start, way, appliance, catalog)
            }
        } catch {
            complaints.append("the next run fails: \(error)")
        }
        return complaints + halfBackups() + leftovers()
    }

    // MARK: At once

    /// The backups that must be there whatever has happened, by the store's name.
    private func lasting(_ start: Start) -> [BackupRecord] {
        guard errand == .retention else { return start.records }
        // The older one may go.
        return Array(start.records.prefix(1))
    }

    /// Backups that were proved before, and are not what they were.
    private func losses(since start: Start) -> [String] {
        var complaints: [String] = []
        let now = objects()
        for record in lasting(start) {
            let before = start.objects[record.store] ?? [:]
            let own = before.filter { BackupKeys.containing($0.key)?.id == record.id }
            if own.isEmpty { complaints.append("\(record.id) was not in the store \(record.store) before") }
            for (key, bytes) in own where now[record.store]?[key] != bytes {
                complaints.append("\(key) is gone from the store \(record.store), or changed")
            }
        }
        if !double.overwrittenKeys.isEmpty { complaints.append("overwritten: \(double.overwrittenKeys)") }
        return complaints
    }

    /// Manifests whose objects are not there as they say.
    private func halfBackups() -> [String] {
        var complaints: [String] = []
        for (store, held) in objects() {
            for (key, bytes) in held where key.hasSuffix(".manifest.json") {
                do {
                    for object in try ManifestDocument.decodeStored(bytes, name: key).objects
                    where held[object.key].map({ Int64($0.count) }) != object.size {
                        complaints.append("\(key) in the store \(store) is without \(object.key)")
                    }
                } catch {
                    complaints.append("\(key) in the store \(store): \(error)")
                }
            }
        }
        return complaints
    }

    // MARK: The next run, and the next day

    private func recover(
        _ start: Start, _ way: FaultWay?, _ appliance: Appliance, _ catalog: Catalog
    ) async throws -> [String] {
        let lies = way?.lies ?? false
        var complaints: [String] = []
        let known = try await catalog.backups(of: "shop")
        for record in lasting(start) where !lies {
            let now = known.first { $0.id == record.id && $0.store == record.store }
            if now?.proof != .proved { complaints.append("\(record.id) counts as proved no more") }
        }
        if let freeze = try await catalog.database(named: "shop")?.frozen {
            if !lies { complaints.append("deletion is frozen: \(freeze)") }
            try await catalog.accept("shop", baseline: nil, at: .now)
        }
        if lies { complaints += try await unproved(appliance, catalog) }

        let next = try await errand.backUp(appliance, catalog)
        if case .whole = next {} else { complaints.append("the next backup ends with \(next)") }
        let database = try appliance.database("shop")
        let survey = CopySurvey(appliance: appliance, catalog: catalog, database: database)
        for debt in try await survey.debts(at: .now) {
            _ = try await RecordedCopy(
                appliance: appliance, catalog: catalog, keys: debt.keys, from: debt.sources, to: debt.target,
                progress: RunProgress()
            ).run()
        }
        if errand == .restore {
            for name in restoredFiles { try FileManager.default.removeItem(atPath: "\(site.path)/\(name)") }
            let again = try await errand.perform(appliance, catalog, in: site)
            if case .whole = again {} else { complaints.append("the next restore ends with \(again)") }
        }
        let log = LogStream()
        let tomorrow = Timestamp(seconds: Timestamp.now.seconds + 2 * 86_400)
        await Upkeep(appliance: appliance, catalog: catalog, log: log.logger).daily(tomorrow)
        complaints += log.all.filter { $0.hasPrefix("error") }
        complaints += try await unproved(appliance, catalog)
        return try await complaints + strangers(appliance, catalog) + unkept(start, catalog)
    }

    /// Proves all that the catalog knows.
    private func unproved(_ appliance: Appliance, _ catalog: Catalog) async throws -> [String] {
        var complaints: [String] = []
        for record in try await catalog.backups(of: "shop") {
            let found = try await RecordedVerification(
                appliance: appliance, catalog: catalog, backup: record, level: .restore, progress: RunProgress()
            ).run()
            if found.report.outcome != .proved {
                complaints.append("\(record.id) in the store \(record.store): \(found.report.summary)")
            }
        }
        return complaints
    }

    /// What the stores have and the catalog does not know, and the other way round.
    private func strangers(_ appliance: Appliance, _ catalog: Catalog) async throws -> [String] {
        var complaints: [String] = []
        let known = try await catalog.backups(of: "shop")
        for store in try appliance.database("shop").storeNames {
            let there = try await BackupLocator(appliance: appliance, in: store).survey(database: "shop").found
            let ids = Set(there.map(\.entry.keys.id))
            let told = Set(known.filter { $0.store == store }.map(\.id))
            if ids != told { complaints.append("the store \(store) has \(ids), the catalog knows \(told)") }
            if ids.isEmpty { complaints.append("the store \(store) has no backup") }
        }
        return complaints
    }

    /// What was to go and has not gone, and what was to stay and has.
    private func unkept(_ start: Start, _ catalog: Catalog) async throws -> [String] {
        let known = try await catalog.backups(of: "shop")
        guard errand != .retention else {
            return known.count == 1 ? [] : ["\(known.count) backups are kept in place of one"]
        }
        return start.records.filter { record in !known.contains { $0.id == record.id && $0.store == record.store } }
            .map { "the catalog has forgotten \($0.id) in the store \($0.store)" }
    }

    /// What lies about that belongs to nothing.
    private func leftovers() -> [String] {
        var complaints: [String] = []
        for (store, held) in objects() {
            var named: Set<String> = [BackupKeys.owner]
            for (key, bytes) in held where key.hasSuffix(".manifest.json") {
                named.insert(key)
                let manifest = try? ManifestDocument.decodeStored(bytes, name: key)
                for object in manifest?.objects ?? [] { named.insert(object.key) }
            }
            for key in held.keys where !named.contains(key) && !key.hasPrefix("appliance/configuration_") {
                let isReport = key.contains(".verified-") && key.hasSuffix(".json")
                let backup = BackupKeys.containing(key)
                if isReport, let backup, named.contains(backup.manifest) { continue }
                complaints.append("\(key) is left in the store \(store)")
            }
        }
        if !double.openUploads.isEmpty { complaints.append("uploads are left open: \(double.openUploads)") }
        let scratch = (try? FileManager.default.contentsOfDirectory(atPath: site.scratch)) ?? []
        if !scratch.isEmpty { complaints.append("the scratch directory holds \(scratch)") }
        return complaints
    }
}
