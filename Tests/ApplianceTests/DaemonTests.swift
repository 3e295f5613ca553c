import Appliance
import Catalog
import Foundation
import Model
import SQLite
import Settings
import Testing

@Suite("The daemon makes the backups that are due", .timeLimit(.minutes(30)))
struct DaemonTests {
    @Test("one proved backup a slot, and none in between")
    func oneForASlot() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", ["schedule: every 1h", "timezone: UTC"])])
            try await site.withDaemon { _, catalog in
                #expect(try await catalog.runs(of: nil, limit: 10).isEmpty)
                site.clock.advance(seconds: 59 * 60)
                try await site.log.wait(for: "Proved: 1 table, 3 rows")
                site.clock.advance(seconds: 60)
                site.clock.advance(seconds: 58 * 60)
                site.clock.advance(seconds: 60)
                try await site.log.wait(for: "Proved: 1 table, 3 rows")
                let runs = try await catalog.runs(of: "shop", limit: 10)
                #expect(runs.map(\.state) == [.completed, .completed])
                #expect(runs.map(\.trigger) == [.schedule, .schedule])
                #expect(Set(runs.compactMap(\.slot)).count == 2, "each is for a slot of its own")
                let backups = try await catalog.backups(of: "shop")
                #expect(backups.map(\.proof) == [.proved, .proved])
            }
            #expect(site.manifests.count == 2)
        }
    }

    @Test("after a downtime one run stands for all that was missed")
    func downtime() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", ["schedule: every 1h", "timezone: UTC"])])
            try await site.withDaemon { _, _ in }
            site.clock.advance(seconds: 26 * 3600)
            try await site.withDaemon { _, catalog in
                try await site.log.wait(for: "Proved")
                let runs = try await catalog.runs(of: "shop", limit: 10)
                #expect(runs.count == 1)
                #expect(runs.first?.missed == 25)
            }
            #expect(site.manifests.count == 1)
        }
    }

    @Test("without catch_up a missed time is told and left out")
    func noCatchUp() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", ["schedule: every 1h", "timezone: UTC", "catch_up: false"])])
            try await site.withDaemon { _, _ in }
            site.clock.advance(seconds: 26 * 3600 + 1800)
            try await site.withDaemon { _, catalog in
                #expect(site.log.all.contains { $0.contains("missed 26 backups") })
                let runs = try await catalog.runs(of: "shop", limit: 10)
                #expect(runs.isEmpty)
            }
            #expect(site.manifests == [])
        }
    }

    @Test("a backup that should have happened and did not is an alarm, until one comes")
    func overdue() async throws {
        try await withSite { site in
            try site.configure([
                ("shop", ["schedule: every 1h", "timezone: UTC", "alarm: {overdue: {missed: 2, grace: 30m}}"])
            ])
            try await site.withDaemon { _, catalog in
                site.clock.advance(seconds: 59 * 60)
                try await site.log.wait(for: "not backed up")
                #expect(try await catalog.alarms(of: "shop").isEmpty)
                site.clock.advance(seconds: 95 * 60)
                try await site.log.wait(for: "no verified backup came of 2 scheduled times")
                #expect(try await catalog.alarms(of: "shop").map(\.kind) == [.overdue])
                let report = try await StatusReport.make(
                    try site.appliance().configuration, catalog, now: site.clock.now)
                #expect(report.databases.map(\.state) == [.overdue])
                try site.makeSource("shop")
                site.clock.advance(seconds: 30 * 60)
                try await site.log.wait(for: "Proved")
            }
        }
    }

    @Test("a run that was stopped with the daemon is made up for at the next start")
    func stopped() async throws {
        try await withSite { site in
            try site.makeSource("shop", rows: 50_000)
            let slow = "breathing: {work: 10ms, pause: 10s}"
            try site.configure([("shop", ["schedule: every 1h", "timezone: UTC", "chunk_rows: 10", slow])])
            try await site.withDaemon { _, _ in
                site.clock.advance(seconds: 59 * 60)
                try await site.log.wait(for: "backing up")
            }
            #expect(site.manifests == [])
            try site.configure([("shop", ["schedule: every 1h", "timezone: UTC"])])
            try await site.withDaemon { _, catalog in
                try await site.log.wait(for: "Proved: 1 table, 50,000 rows")
                let runs = try await catalog.runs(of: "shop", limit: 10)
                #expect(runs.map(\.state) == [.completed, .interrupted])
                #expect(Set(runs.map(\.slot)).count == 1, "both are for the same slot")
            }
            #expect(site.manifests.count == 1)
        }
    }

    @Test("a run whose process died is made up for at the next start")
    func died() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", ["schedule: every 1h", "timezone: UTC"])])
            let catalog = try await site.catalog()
            let slot = Timestamp(seconds: site.clock.now.seconds - 60)
            try await catalog.register(["shop"], at: slot)
            try await catalog.setHandledSlot(slot, of: "shop")
            _ = try await catalog.begin(RunStart(database: "shop", trigger: .schedule, slot: slot, at: slot))
            await catalog.close()
            try await site.withDaemon { _, catalog in
                try await site.log.wait(for: "Proved")
                let runs = try await catalog.runs(of: "shop", limit: 10)
                #expect(runs.map(\.state) == [.completed, .interrupted])
                #expect(runs.map(\.slot) == [slot, slot])
            }
        }
    }

    @Test("a good configuration is taken at a reload, and a bad one leaves the old one")
    func reload() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.makeSource("blog")
            try site.configure([("shop", ["schedule: every 1h", "timezone: UTC"])])
            try await site.withDaemon { daemon, catalog in
                try site.write("databases: {shop: {sqlit: /x}}\n")
                daemon.reload()
                try await site.log.wait(for: "the old one stays")
                #expect(site.log.all.contains { $0.contains("nightjar.yaml:1:") && $0.contains("sqlit") })
                site.clock.advance(seconds: 59 * 60)
                try await site.log.wait(for: "Proved")
                try site.configure([
                    ("shop", ["schedule: every 1h", "timezone: UTC"]),
                    ("blog", ["schedule: every 1h", "timezone: UTC"]),
                ])
                daemon.reload()
                try await site.log.wait(for: "read again")
                site.clock.advance(seconds: 3600)
                try await site.log.wait(for: "Proved")
                try await site.log.wait(for: "Proved")
                #expect(try await catalog.backups(of: "blog").count == 1)
                #expect(try await catalog.backups(of: "shop").count == 2)
            }
        }
    }

    @Test("what counts from the next start only is told at a reload")
    func laterSettings() async throws {
        try await withSite { site in
            try site.configure([("shop", [])])
            try await site.withDaemon { daemon, catalog in
                try site.configure([("shop", [])], top: ["log: {format: json}"])
                daemon.reload()
                try await site.log.wait(for: "log.format has changed")
                try await site.log.wait(for: "read again")
                let event = try await catalog.events(limit: 10).first { $0.kind == .configurationReloaded }
                #expect(
                    event?.text == "1 databases configured; log.format has changed: it counts from the next start on")
            }
        }
    }

    @Test("no more runs at once than are allowed, and all of them in the end")
    func concurrency() async throws {
        try await withSite { site in
            let names = (1...5).map { "db\($0)" }
            for name in names { try site.makeSource(name) }
            try site.configure(names.map { ($0, ["schedule: every 1h", "timezone: UTC"]) }, top: ["concurrency: 2"])
            try await site.withDaemon { _, catalog in
                site.clock.advance(seconds: 59 * 60)
                for _ in names { try await site.log.wait(for: "Proved") }
                for name in names { #expect(try await catalog.backups(of: name).count == 1) }
            }
            #expect(site.manifests.count == 5)
        }
    }

    @Test("a second daemon is refused, and told who is there")
    func secondDaemon() async throws {
        try await withSite { site in
            let first = try DaemonLock(stateDirectory: site.state)
            let error = #expect(throws: NightjarError.self) { try DaemonLock(stateDirectory: site.state) }
            #expect(error?.code == .busy)
            #expect(error?.message.contains("process \(getpid())") == true)
            #expect(DaemonLock.holder(in: site.state)?.contains("process \(getpid())") == true)
            withExtendedLifetime(first) {}
        }
    }

    @Test("a lock goes with its daemon")
    func lockEnds() async throws {
        try await withSite { site in
            do {
                let lock = try DaemonLock(stateDirectory: site.state)
                withExtendedLifetime(lock) {}
            }
            #expect(DaemonLock.holder(in: site.state) == nil)
            _ = try DaemonLock(stateDirectory: site.state)
        }
    }
}
