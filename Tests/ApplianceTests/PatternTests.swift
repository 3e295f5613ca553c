import Appliance
import Catalog
import Foundation
import Model
import Settings
import Testing

extension Site {
    /// All databases of the folder `sites`, by their names; and a pattern that nothing ever fits.
    fileprivate func configurePattern(_ keys: [String] = [], sqlite: String = "sites/*.db") throws {
        try FileManager.default.createDirectory(atPath: "\(path)/sites", withIntermediateDirectories: true)
        let lines =
            [
                "state_dir: \"\(state)\"", "scratch_dir: \"\(path)/scratch\"",
                "stores: {disk: {type: directory, path: \"\(store)\"}}", "databases:",
                "  \"{stem}\":", "    sqlite: \"\(path)/\(sqlite)\"",
            ] + keys.map { "    \($0)" } + ["  \"none-{stem}\": {sqlite: \"\(path)/none/*.db\"}"]
        try write(lines.joined(separator: "\n") + "\n")
    }

    fileprivate func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: "\(path)/\(name)") }

    /// How often something was logged.
    fileprivate func count(of words: String) -> Int { log.all.count { $0.contains(words) } }

    fileprivate func standing(of name: String, _ catalog: Catalog) async throws -> StatusReport.State? {
        let report = try await StatusReport.make(try appliance().configuration, catalog, now: clock.now)
        return report.databases.first { $0.name == name }?.state
    }
}

extension Catalog {
    fileprivate func kinds(of name: String) throws -> [EventKind] {
        try events(limit: 1000).filter { $0.database == name }.map(\.kind)
    }
}

@Suite("The daemon follows what its patterns find", .timeLimit(.minutes(30)))
struct PatternTests {
    private static let hourly = ["schedule: every 1h", "timezone: UTC"]

    @Test("a file that appears is reported, and backed up from its next slot on, without a reload")
    func appears() async throws {
        try await withSite { site in
            try site.configurePattern(Self.hourly)
            try site.makeSource("sites/a")
            try await site.withDaemon { _, catalog in
                #expect(try await catalog.database(named: "b") == nil)
                try site.makeSource("sites/b")
                site.clock.advance(seconds: 600)
                let line = try await site.log.wait(for: "a new file fits")
                #expect(line.hasPrefix("notice: "), "\(line)")
                #expect(line.contains("/sites/*.db: "), "\(line)")
                #expect(line.contains("/sites/b.db is backed up as b from now on"), "\(line)")
                #expect(try await catalog.database(named: "b")?.isConfigured == true)
                #expect(try await site.standing(of: "b", catalog) == StatusReport.State.none)
                site.clock.advance(seconds: 49 * 60)
                for _ in 0..<2 { try await site.log.wait(for: "Proved") }
                #expect(try await catalog.backups(of: "b").count == 1)
                #expect(try await catalog.kinds(of: "b") == [.databaseAdded, .backupStarted, .backupCompleted])
                #expect(try await site.standing(of: "b", catalog) == .protected)
            }
            #expect(site.manifests.count == 2)
        }
    }

    @Test("a file that vanishes is reported at the second look, and is not due any more; its backups stay")
    func vanishes() async throws {
        try await withSite { site in
            try site.configurePattern(Self.hourly)
            for name in ["a", "b"] { try site.makeSource("sites/\(name)") }
            try await site.withDaemon { _, catalog in
                site.clock.advance(seconds: 59 * 60)
                for _ in 0..<2 { try await site.log.wait(for: "Proved") }
                try site.remove("sites/b.db")
                site.clock.advance(seconds: 600)
                try await site.log.wait(for: "sites/b.db is missing")
                #expect(try await catalog.database(named: "b")?.isConfigured == true)
                site.clock.advance(seconds: 60)
                let line = try await site.log.wait(for: "is gone")
                #expect(line.hasPrefix("warning: "), "\(line)")
                #expect(line.contains("/sites/b.db of b is gone"), "\(line)")
                #expect(line.contains("its backups are kept"), "\(line)")
                #expect(try await catalog.database(named: "b")?.isConfigured == false)
                #expect(try await site.standing(of: "b", catalog) == .removed)

                for hour in 1...3 {
                    site.clock.advance(seconds: hour == 1 ? 49 * 60 : 3600)
                    try await site.log.wait(for: "Proved")
                }
                #expect(try await catalog.backups(of: "a").count == 4)
                #expect(try await catalog.backups(of: "b").count == 1)
                #expect(try await catalog.runs(of: "b", limit: 10).count == 1)
                #expect(try await catalog.alarms(of: "b").isEmpty)
                #expect(
                    try await catalog.kinds(of: "b")
                        == [.databaseAdded, .backupStarted, .backupCompleted, .databaseRemoved])
                #expect(site.count(of: "is gone") == 1)
            }
            #expect(site.manifests.count { $0.hasPrefix("b/") } == 1)
        }
    }

    @Test("a file that vanishes takes its alarm along, and one that comes back is backed up again")
    func alarm() async throws {
        try await withSite { site in
            try site.configurePattern(Self.hourly + ["alarm: {overdue: {missed: 1, grace: 10m}}"])
            let file = URL(fileURLWithPath: "\(site.path)/sites/b.db")
            try Data(String(repeating: "no database ", count: 1000).utf8).write(to: file)
            try await site.withDaemon { _, catalog in
                site.clock.advance(seconds: 59 * 60)
                try await site.log.wait(for: "not backed up")
                site.clock.advance(seconds: 11 * 60)
                try await site.log.wait(for: "overdue since")
                try site.remove("sites/b.db")
                site.clock.advance(seconds: 600)
                try await site.log.wait(for: "is missing")
                site.clock.advance(seconds: 60)
                try await site.log.wait(for: "is gone")
                #expect(try await catalog.alarms(of: "b").isEmpty)

                try site.makeSource("sites/b")
                site.clock.advance(seconds: 600)
                try await site.log.wait(for: "a new file fits")
                site.clock.advance(seconds: 3600)
                try await site.log.wait(for: "Proved")
                #expect(try await catalog.database(named: "b")?.isConfigured == true)
                #expect(try await catalog.backups(of: "b").count == 1)
            }
        }
    }

    @Test("a file that its application replaces is not reported")
    func replaced() async throws {
        try await withSite { site in
            try site.configurePattern()
            try site.makeSource("sites/a")
            try await site.withDaemon { _, catalog in
                let known = try await catalog.database(named: "a")
                try site.remove("sites/a.db")
                site.clock.advance(seconds: 600)
                try await site.log.wait(for: "is missing")
                try site.makeSource("sites/a")
                try site.makeSource("sites/b")
                site.clock.advance(seconds: 60)
                try await site.log.wait(for: "a new file fits")
                #expect(try await catalog.database(named: "a") == known)
                #expect(try await catalog.kinds(of: "a") == [.databaseAdded])
                #expect(site.count(of: "is gone") == 0)
                #expect(site.count(of: "sites/*.db") == 1, "no word of an empty folder")
            }
        }
    }

    @Test("folders that stay as they are give nothing to say, and are looked at every ten minutes")
    func unchanged() async throws {
        try await withSite { site in
            try site.configurePattern()
            try site.makeSource("sites/a")
            try await site.withDaemon { _, _ in
                #expect(site.clock.asked?.seconds == site.clock.now.seconds + 600)
                let before = site.log.all.count
                for _ in 0..<6 { site.clock.advance(seconds: 600) }
                // Whatever comes before this line has been said.
                try site.makeSource("sites/b")
                site.clock.advance(seconds: 600)
                try await site.log.wait(for: "a new file fits")
                let words = site.log.all.dropFirst(before).filter { $0.contains(".db") }
                #expect(words.count == 1, "\(words)")
                #expect(site.count(of: "/none/*.db") == 1, "the pattern that nothing fits was told of at the start")
            }
        }
    }

    @Test("a configuration without patterns needs nobody to wake for them")
    func noPatterns() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", [])])
            try await site.withDaemon { _, _ in
                #expect(site.clock.asked?.seconds == site.clock.now.seconds + 3600)
            }
        }
    }

    @Test("a reload finds new files, too, and leaves a name with the file that has it")
    func reload() async throws {
        try await withSite { site in
            try site.configurePattern(sqlite: "sites/*/*.db")
            for folder in ["a", "b"] {
                try FileManager.default.createDirectory(
                    atPath: "\(site.path)/sites/\(folder)", withIntermediateDirectories: true)
            }
            try site.makeSource("sites/b/app")
            try await site.withDaemon { daemon, catalog in
                try site.makeSource("sites/a/app")
                try site.makeSource("sites/a/other")
                daemon.reload()
                try await site.log.wait(for: "sites/a/other.db is backed up as other when somebody asks")
                try await site.log.wait(for: "sites/a/app.db is not backed up: the name `app` belongs to")
                try await site.log.wait(for: "read again")
                #expect(try await catalog.database(named: "other")?.isConfigured == true)

                try site.remove("sites/b/app.db")
                site.clock.advance(seconds: 600)
                try await site.log.wait(for: "is missing")
                site.clock.advance(seconds: 60)
                let line = try await site.log.wait(for: "from now on, no longer from")
                #expect(line.contains("/sites/a/app.db from now on"), "\(line)")
                #expect(site.count(of: "is not backed up") == 1)
                #expect(try await catalog.kinds(of: "app") == [.databaseAdded])
            }
        }
    }
}
