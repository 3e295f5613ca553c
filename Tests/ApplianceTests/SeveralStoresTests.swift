import Catalog
import Dump
import Foundation
import Model
import Restore
import SQLite
import TestSupport
import Testing

@testable import Appliance

@Suite("Backups that go to several stores", .timeLimit(.minutes(30)))
struct SeveralStoresTests {
    /// A site whose database goes to the folders `a` and `b`.
    private static func withStores(
        _ keys: [String] = [], storesOf: [String: String] = [:], _ body: (Site) async throws -> Void
    ) async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try configure(site, keys, storesOf: storesOf)
            try await body(site)
        }
    }

    /// - Parameter storesOf: Further keys of stores, by their names.
    private static func configure(_ site: Site, _ keys: [String], storesOf: [String: String] = [:]) throws {
        var lines = ["state_dir: \"\(site.state)\"", "scratch_dir: \"\(site.path)/scratch\"", "stores:"]
        for name in ["a", "b"] {
            let more = storesOf[name].map { ", \($0)" } ?? ""
            lines.append("  \(name): {type: directory, path: \"\(site.path)/\(name)\"\(more)}")
        }
        lines += ["databases:", "  shop:", "    sqlite: \"\(site.path)/shop.db\"", "    store: [a, b]"]
        lines += keys.map { "    \($0)" }
        try site.write(lines.joined(separator: "\n") + "\n")
    }

    /// Objects of the database in a store, its verification reports aside.
    private static func objects(_ site: Site, _ store: String) -> [String: Data] {
        let folder = "\(site.path)/\(store)"
        let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        var objects: [String: Data] = [:]
        for name in names where name.hasPrefix("shop/dump_") && !name.contains(".verified-") {
            objects[name] = FileManager.default.contents(atPath: "\(folder)/\(name)")
        }
        return objects
    }

    private static func backUp(_ site: Site, _ catalog: Catalog) async throws -> BackupRun.Outcome {
        let appliance = try site.appliance()
        return try await appliance.backUp(catalog)
    }

    private static func debts(_ site: Site, _ catalog: Catalog) async throws -> [CopySurvey.Debt] {
        let appliance = try site.appliance()
        return try await CopySurvey(appliance: appliance, catalog: catalog, database: try appliance.database("shop"))
            .debts(at: .now)
    }

    /// Nobody can write where a file is in the place of the store's folder.
    private static func takeAway(_ store: String, _ site: Site) throws {
        try FileManager.default.moveItem(atPath: "\(site.path)/\(store)", toPath: "\(site.path)/\(store).away")
        try Data().write(to: URL(fileURLWithPath: "\(site.path)/\(store)"))
    }

    private static func bringBack(_ store: String, _ site: Site) throws {
        try FileManager.default.removeItem(atPath: "\(site.path)/\(store)")
        try FileManager.default.moveItem(atPath: "\(site.path)/\(store).away", toPath: "\(site.path)/\(store)")
    }

    private static let formats = ["format: sql", "format: csv", "format: json"]

    @Test("are the same in all of them, each with a proof of its own", arguments: formats, [false, true])
    func all(format: String, isEncrypted: Bool) async throws {
        let recipient = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"
        let keys = [format] + (isEncrypted ? ["encryption: {recipients: [\(recipient)]}"] : [])
        try await Self.withStores(keys) { site in
            let catalog = try await site.catalog()
            let outcome = try await Self.backUp(site, catalog)
            #expect(outcome.copies.map(\.store) == ["a", "b"])
            #expect(outcome.copies.allSatisfy { $0.state == .proved })
            #expect(outcome.shortOfStores == nil)
            let first = Self.objects(site, "a")
            #expect(first == Self.objects(site, "b"))
            #expect(first.count >= 2)
            let backups = try await catalog.backups(of: "shop")
            #expect(backups.map(\.store) == ["a", "b"])
            #expect(backups.allSatisfy { $0.proof == .proved })
            let status = try await site.status(catalog)
            #expect(status.backups == 1)
            #expect(status.state == .protected)
            #expect(status.alarms == [])
            #expect(try await Self.debts(site, catalog) == [])
            await catalog.close()
        }
    }

    @Test("come to those that are there, and to the others by copying", arguments: ["a", "b"])
    func absent(store: String) async throws {
        try await Self.withStores(["schedule: every 1h", "timezone: UTC", "catch_up: false", "alarm: {overdue: off}"]) {
            site in
            let catalog = try await site.catalog()
            _ = try await Self.backUp(site, catalog)
            await catalog.close()
            try Self.takeAway(store, site)
            try await site.serve { catalog in
                try await site.waitForUpkeep(catalog)
                // The slot a minute ago is on time still, and then there are two more.
                for hour in 0...2 {
                    if hour > 0 { site.clock.advance(seconds: 3600) }
                    let made = try await site.log.wait(for: "stores=on 1 of 2 stores")
                    #expect(made.contains("Proved: 1 table, 3 rows"), "\(made)")
                    // A copy that is tried while the store comes back would let it rest from then on.
                    try await site.log.wait(for: "not copied yet")
                }
                let status = try await site.status(catalog)
                #expect(status.state == .protected)
                #expect(status.alarms.contains { $0.contains("on 1 of 2 stores") }, "\(status.alarms)")
                #expect(try await catalog.storeTrouble(of: store) != nil)

                try Self.bringBack(store, site)
                site.clock.advance(seconds: 900)
                for _ in 1...3 { try await site.log.wait(for: "copied what the store lacked: Proved") }
                #expect(try await Self.debts(site, catalog) == [])
                let backups = try await catalog.backups(of: "shop")
                #expect(backups.count == 8 && backups.allSatisfy { $0.proof == .proved }, "\(backups)")
                #expect(try await catalog.storeTrouble(of: store) == nil)
                #expect(try await site.status(catalog).alarms == [])
                let runs = try await catalog.runs(of: "shop", limit: 10)
                #expect(runs.count == 4 && runs.allSatisfy { $0.state == .completed })
            }
            let objects = Self.objects(site, "a")
            #expect(objects == Self.objects(site, "b"))
            #expect(objects.keys.filter { $0.hasSuffix(".manifest.json") }.count == 4)
        }
    }

    @Test("fail where no store takes them, as with one")
    func allAbsent() async throws {
        try await Self.withStores { site in
            let catalog = try await site.catalog()
            _ = try await Self.backUp(site, catalog)
            for store in ["a", "b"] { try Self.takeAway(store, site) }
            await #expect(throws: (any Error).self) { _ = try await Self.backUp(site, catalog) }
            for store in ["a", "b"] { try Self.bringBack(store, site) }
            #expect(try await catalog.backups(of: "shop").count == 2)
            #expect(try FileManager.default.contentsOfDirectory(atPath: site.path + "/scratch") == [])
            await catalog.close()
        }
    }

    @Test("are whole in the others where one is full", .enabled(if: FaultDisk.isAvailable))
    func full() async throws {
        try await withSite { site in
            try site.makeLargeSource("shop")
            try Self.configure(site, ["compression: none"])
            try await FaultDisk.mounted(at: site.path + "/b", size: "5m") { disk in
                let catalog = try await site.catalog()
                let outcome = try await Self.backUp(site, catalog)
                #expect(outcome.copies.map(\.store) == ["a"])
                #expect(outcome.shortOfStores == "on 1 of 2 stores, without b")
                #expect(outcome.state == .proved)
                #expect(Self.objects(site, "b") == [:])
                let debts = try await Self.debts(site, catalog)
                #expect(debts.map(\.target) == ["b"])
                try disk.resize(to: "40m")
                let debt = try #require(debts.first)
                let copied = try await RecordedCopy(
                    appliance: site.appliance(), catalog: catalog, keys: debt.keys, from: debt.sources, to: debt.target,
                    progress: RunProgress()
                ).run()
                #expect(copied.verification?.outcome == .proved)
                #expect(copied.copied == outcome.manifest.storedBytes)
                #expect(Self.objects(site, "a") == Self.objects(site, "b"))
                await catalog.close()
            }
        }
    }

    @Test("get back what a store has lost, and nothing else")
    func lost() async throws {
        try await Self.withStores(["format: csv"]) { site in
            let catalog = try await site.catalog()
            let id = try #require(BackupID(try await Self.backUp(site, catalog).manifest.id))
            let before = Self.objects(site, "b")
            let object = try #require(before.keys.first { $0.hasSuffix(".csv.zst") })
            try FileManager.default.removeItem(atPath: "\(site.path)/b/\(object)")
            let record = try #require(try await catalog.backups(of: "shop").first { $0.store == "b" })
            let found = try await RecordedVerification(
                appliance: site.appliance(), catalog: catalog, backup: record, level: .restore, progress: RunProgress()
            ).run()
            #expect(found.report.outcome == .different)
            #expect(found.report.advice?.goodBackup?.store == "a")

            let debts = try await Self.debts(site, catalog)
            let keys = BackupKeys(database: "shop", id: id)
            #expect(debts == [.init(keys: keys, sources: ["a"], target: "b", isRepair: true)])
            let copy = RecordedCopy(
                appliance: try site.appliance(), catalog: catalog, keys: keys, from: ["a"], to: "b",
                progress: RunProgress())
            let outcome = try await copy.run()
            #expect(outcome.verification?.outcome == .proved)
            #expect(Self.objects(site, "b") == before)
            #expect(try await catalog.backups(of: "shop").allSatisfy { $0.proof == .proved })
            #expect(try await Self.debts(site, catalog) == [])
            // What was found is looked at by a person all the same.
            #expect(try await catalog.database(named: "shop")?.frozen?.kind == .difference)
            #expect(try await copy.run().copied == 0)

            // Bytes that are there and wrong are nobody's to replace.
            try Data("other".utf8).write(to: URL(fileURLWithPath: "\(site.path)/b/\(object)"))
            _ = try await RecordedVerification(
                appliance: site.appliance(), catalog: catalog, backup: record, level: .restore, progress: RunProgress()
            ).run()
            #expect(try await copy.run().copied == 0)
            #expect(Self.objects(site, "b")[object] == Data("other".utf8))
            await catalog.close()
        }
    }

    @Test("are not copied from a store that gives other bytes than it was given")
    func damaged() async throws {
        try await Self.withStores { site in
            let catalog = try await site.catalog()
            let id = try #require(BackupID(try await Self.backUp(site, catalog).manifest.id))
            for (name, data) in Self.objects(site, "a") where name.hasSuffix(".zst") {
                var bytes = data
                bytes[bytes.count / 2] ^= 1
                try bytes.write(to: URL(fileURLWithPath: "\(site.path)/a/\(name)"))
            }
            let folder = "\(site.path)/b/shop"
            for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
                try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
            }
            let copy = RecordedCopy(
                appliance: try site.appliance(), catalog: catalog, keys: BackupKeys(database: "shop", id: id),
                from: ["a"],
                to: "b", progress: RunProgress())
            let error = await #expect(throws: NightjarError.self) { _ = try await copy.run() }
            #expect(error?.code == .difference)
            #expect(Self.objects(site, "b").keys.allSatisfy { !$0.hasSuffix(".manifest.json") })
            await catalog.close()
        }
    }

    @Test(
        "wait for no other one that cannot be copied, and a damaged source is told of as such",
        arguments: [false, true])
    func damagedNewest(isLost: Bool) async throws {
        try await Self.withStores { site in
            let catalog = try await site.catalog()
            var ids: [BackupID] = []
            for _ in 1...2 {
                let id = try #require(BackupID(try await Self.backUp(site, catalog).manifest.id))
                try await catalog.remove(id, database: "shop", store: "b")
                ids.append(id)
            }
            await catalog.close()
            try FileManager.default.removeItem(atPath: "\(site.path)/b/shop")
            let dump = "\(site.path)/a/shop/\(ids[1]).sql.zst"
            if isLost {
                try FileManager.default.removeItem(atPath: dump)
            } else {
                var bytes = try Data(contentsOf: URL(fileURLWithPath: dump))
                bytes[bytes.count / 2] ^= 1
                try bytes.write(to: URL(fileURLWithPath: dump))
            }
            try await site.serve { catalog in
                try await site.log.waitOnce(for: "copied what the store lacked: Proved")
                let backups = try await catalog.backups(of: "shop")
                #expect(backups.filter { $0.store == "b" }.map(\.id) == [ids[0]])
                #expect(backups.first { $0.id == ids[1] }?.proof == .different)
                #expect(try await catalog.database(named: "shop")?.frozen?.kind == .difference)
                for store in ["a", "b"] { #expect(try await catalog.storeTrouble(of: store) == nil) }
                // It is known to the catalog alone, and stays known.
                _ = try await CatalogRebuild(appliance: try site.appliance(), catalog: catalog).run()
                #expect(try await catalog.backups(of: "shop").first { $0.id == ids[1] }?.proof == .different)
            }
        }
    }

    @Test("that an interrupted run has left in a store that was away come into the catalog")
    func strangers() async throws {
        try await Self.withStores { site in
            let catalog = try await site.catalog()
            let id = try #require(BackupID(try await Self.backUp(site, catalog).manifest.id))
            let known = try await catalog.backups(of: "shop")
            for store in ["a", "b"] { try await catalog.remove(id, database: "shop", store: store) }
            let rebuild = CatalogRebuild(appliance: try site.appliance(), catalog: catalog)
            let strangers = try await rebuild.strangers(of: "shop", in: "a")
            #expect(strangers.map(\.entry.keys.id) == [id])
            #expect(try await rebuild.takeUp(strangers) == [id])
            #expect(try await rebuild.takeUp(strangers) == [])
            #expect(try await rebuild.strangers(of: "shop", in: "a").isEmpty)
            let found = try await catalog.backups(of: "shop")
            #expect(found.map(\.store) == ["a"])
            #expect(found.first?.proof == .proved && found.first?.rows == known.first?.rows)
            await catalog.close()
        }
    }

    @Test("want places of their own, whatever leads there")
    func onePlace() async throws {
        try await Self.withStores { site in
            try FileManager.default.createDirectory(atPath: site.path + "/a", withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(
                atPath: site.path + "/link", withDestinationPath: site.path)
            let text = try String(contentsOfFile: site.configurationPath, encoding: .utf8)
            try site.write(text.replacingOccurrences(of: "\(site.path)/b", with: "\(site.path)/link/a"))
            let catalog = try await site.catalog()
            let error = await #expect(throws: NightjarError.self) { _ = try await Self.backUp(site, catalog) }
            #expect(
                error?.code == .configuration && error?.message.contains("are one place") == true, "\(error as Any)")
            #expect(Self.objects(site, "a") == [:])
            #expect(try FileManager.default.contentsOfDirectory(atPath: site.path + "/scratch") == [])
            await catalog.close()
        }
    }

    @Test("that were only checked count for retention where the same bytes were proved elsewhere")
    func checkedCopies() async throws {
        try await Self.withStores(["retention: {keep_last: 5}"]) { site in
            let catalog = try await site.catalog()
            let now = Timestamp.now
            func record(_ days: Int64, _ store: String, _ proof: BackupProof) -> BackupRecord {
                let time = Timestamp(seconds: now.seconds - days * 86_400)
                return BackupRecord(
                    id: BackupID(time: time), database: "shop", store: store, createdAt: time, rows: 1, dumpBytes: 1,
                    storedBytes: 1, proof: proof, provedAt: proof == .proved ? time : nil, verifiedAt: time,
                    manifestHash: "\(days)")
            }
            for days in [40, 39] as [Int64] {
                try await catalog.record(record(days, "a", .proved))
                try await catalog.record(record(days, "b", .checked))
            }
            for store in ["a", "b"] { try await catalog.record(record(20, store, .proved)) }
            let appliance = try site.appliance()
            for run in RetentionRun.all(appliance, catalog, try appliance.database("shop")) {
                #expect(try await run.plan().deletions == [], "\(run.store)")
            }
            #expect(try await Self.debts(site, catalog) == [])
            // Also when the retention of that other store has deleted them, to which nothing comes back.
            for days in [40, 39] as [Int64] {
                try await catalog.remove(record(days, "a", .proved).id, database: "shop", store: "a")
            }
            try Self.configure(site, ["retention: {keep_last: 5}"], storesOf: ["a": "retention: {keep_last: 1}"])
            let changed = try site.appliance()
            for run in RetentionRun.all(changed, catalog, try changed.database("shop")) {
                #expect(try await run.plan().deletions == [], "\(run.store)")
            }
            #expect(try await Self.debts(site, catalog) == [])
            // What a store that is configured no longer has comes from nowhere.
            try await catalog.record(record(10, "old", .proved))
            #expect(try await Self.debts(site, catalog) == [])
            await catalog.close()
        }
    }

    @Test("are kept by the retention of each store, and not copied to where they would go at once")
    func retention() async throws {
        let stores = ["b": "retention: {keep_last: 1}"]
        try await Self.withStores(["retention: {keep_last: 3}"], storesOf: stores) { site in
            let catalog = try await site.catalog()
            try await catalog.setTime(.now, of: .rebuiltAt)
            var ids: [String] = []
            for _ in 1...4 { ids.append(try await Self.backUp(site, catalog).manifest.id) }
            let appliance = try site.appliance()
            for run in RetentionRun.all(appliance, catalog, try appliance.database("shop")) { _ = try await run.run() }
            let backups = try await catalog.backups(of: "shop")
            #expect(backups.filter { $0.store == "a" }.map(\.id.description) == ids.suffix(3).reversed())
            #expect(backups.filter { $0.store == "b" }.map(\.id.description) == ids.suffix(1))
            #expect(try await Self.debts(site, catalog) == [])

            // The newest verified one of each store stays, whatever another store has.
            let newest = try #require(backups.first { $0.store == "b" })
            try await catalog.setProof(.unproved, of: newest.id, database: "shop", store: "b", at: .now)
            let plans = RetentionRun.all(appliance, catalog, try appliance.database("shop"))
            #expect(try await plans[1].plan().deletions == [])

            // A store that asks for more than another one has gets what there is.
            try Self.configure(site, ["retention: {keep_last: 3}"], storesOf: ["b": "retention: off"])
            #expect(try await Self.debts(site, catalog).map(\.keys.id.description) == ids[1...2].reversed())
            await catalog.close()
        }
    }

    @Test("that were made while a store was away come to it, and retention counts in each what it has")
    func retentionOfAbsent() async throws {
        try await Self.withStores(["retention: {keep_last: 2}"]) { site in
            let catalog = try await site.catalog()
            try await catalog.setTime(.now, of: .rebuiltAt)
            func held(in store: String) async throws -> [BackupID] {
                try await catalog.backups(of: "shop").filter { $0.store == store }.map(\.id)
            }
            func prune() async throws -> [[BackupID]] {
                let appliance = try site.appliance()
                var deleted: [[BackupID]] = []
                for run in RetentionRun.all(appliance, catalog, try appliance.database("shop")) {
                    deleted.append(try await run.run().deleted)
                }
                return deleted
            }
            var ids: [BackupID] = []
            for stores in [["a", "b"], ["a", "b"], ["b"]] {
                if stores == ["b"] { try Self.takeAway("a", site) }
                let outcome = try await Self.backUp(site, catalog)
                #expect(outcome.copies.map(\.store) == stores)
                #expect(outcome.state == .proved)
                ids.append(try #require(BackupID(outcome.manifest.id)))
            }
            // What the store that is away has not got yet pushes nothing out there.
            #expect(try await prune() == [[], [ids[0]]])
            #expect(try await held(in: "a") == [ids[1], ids[0]])
            #expect(try await held(in: "b") == [ids[2], ids[1]])
            let keys = BackupKeys(database: "shop", id: ids[2])
            let debts = try await Self.debts(site, catalog)
            #expect(debts == [.init(keys: keys, sources: ["b"], target: "a", isRepair: false)])

            try Self.bringBack("a", site)
            let copied = try await RecordedCopy(
                appliance: site.appliance(), catalog: catalog, keys: keys, from: ["b"], to: "a",
                progress: RunProgress()
            ).run()
            #expect(copied.verification?.outcome == .proved)
            #expect(try await held(in: "a") == [ids[2], ids[1], ids[0]])
            #expect(try await prune() == [[ids[0]], []])
            #expect(try await Self.debts(site, catalog) == [])
            for store in ["a", "b"] { #expect(try await held(in: store) == [ids[2], ids[1]], "\(store)") }
            #expect(try await catalog.backups(of: "shop").allSatisfy { $0.proof == .proved })
            let objects = Self.objects(site, "a")
            #expect(objects == Self.objects(site, "b"))
            #expect(objects.keys.filter { $0.hasSuffix(".manifest.json") }.count == 2)
            await catalog.close()
        }
    }

    @Test("come back from the nearest store that has them proved")
    func restored() async throws {
        try await withR2Double { double in
            try await withSite { site in
                try site.makeSource("shop")
                try site.write(
                    """
                    state_dir: "\(site.state)"
                    scratch_dir: "\(site.path)/scratch"
                    stores:
                      far: {type: r2, endpoint: "\(double.endpoint)", bucket: \(double.bucket),
                        access_key_id: \(double.accessKeyID), secret_access_key: \(double.secretAccessKey)}
                      near: {type: directory, path: "\(site.path)/near"}
                    databases:
                      shop: {sqlite: "\(site.path)/shop.db", store: [far, near]}

                    """)
                let catalog = try await site.catalog()
                let outcome = try await Self.backUp(site, catalog)
                #expect(outcome.copies.map(\.store) == ["far", "near"])
                let id = outcome.manifest.id
                func restore(_ name: String, in store: String? = nil) async throws -> RestoreRun.Outcome {
                    try await RestoreRun(
                        appliance: site.appliance(), what: "shop", at: nil, in: store,
                        options: .init(target: "\(site.path)/\(name)", tables: [], force: false), progress: nil
                    ).run()
                }
                #expect(try await restore("1").store == "near")
                // Without its proof it is nobody's first choice.
                let folder = "\(site.path)/near/shop"
                for name in try FileManager.default.contentsOfDirectory(atPath: folder)
                where name.contains(".verified-") {
                    try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
                }
                #expect(try await restore("2").store == "far")
                let locator = BackupLocator(appliance: try site.appliance())
                #expect(try await locator.resolve(id, preferring: .newest).storeName == "far")
                #expect(try await restore("4", in: "near").store == "near")
                let missing = await #expect(throws: NightjarError.self) { _ = try await restore("none", in: "none") }
                #expect(missing?.code == .missing)
                let dump = "\(site.path)/near/\(outcome.manifest.objects[0].key)"
                let good = try Data(contentsOf: URL(fileURLWithPath: dump))
                var bytes = good
                bytes[bytes.count / 2] ^= 1
                try bytes.write(to: URL(fileURLWithPath: dump))
                double.leave()
                let damaged = await #expect(throws: NightjarError.self) { _ = try await restore("damaged") }
                #expect(damaged?.code == .difference)
                try good.write(to: URL(fileURLWithPath: dump))
                let last = try await restore("3")
                #expect(last.store == "near")
                #expect(last.notes.contains { $0.contains("far") }, "\(last.notes)")
                await catalog.close()
            }
        }
    }
}
