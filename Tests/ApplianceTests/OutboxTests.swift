import Catalog
import Foundation
import Model
import Notify
import Remote
import Settings
import TestSupport
import Testing

@testable import Appliance

extension Site {
    /// Databases, and a channel that nobody listens to.
    /// - Parameter channelKeys: Further keys of the channel's entry.
    fileprivate func configure(
        _ databases: [(name: String, keys: [String])], channelAt port: UInt16, _ channelKeys: [String]
    ) throws {
        let keys = ["name: ops", "allow_private: true"] + channelKeys
        try configure(
            databases,
            top: ["notify:", "  - slack: \"http://127.0.0.1:\(port)/hook\""] + keys.map { "    \($0)" })
    }
}

extension Catalog {
    /// What is in the outbox for the channel, oldest first.
    fileprivate func messages() throws -> [DeliveryRecord] {
        try deliveries(of: "ops", state: nil, limit: 1000).reversed()
    }
}

@Suite("What happens comes into the outbox", .timeLimit(.minutes(30)))
struct OutboxTests {
    private static let hourly = ["schedule: every 1h", "timezone: UTC"]

    @Test("with the end of the run that it tells of, and a dead channel keeps no backup from being made")
    func runs() async throws {
        try await withClosedPort { port in
            try await withSite { site in
                try site.makeSource("shop")
                try site.configure([("shop", Self.hourly)], channelAt: port, ["events: [\"backup.*\"]"])
                try await site.withDaemon { _, catalog in
                    for _ in 1...2 {
                        site.clock.advance(seconds: 3600)
                        try await site.log.wait(for: "Proved: 1 table, 3 rows")
                    }
                    let messages = try await catalog.messages()
                    #expect(
                        messages.map(\.subject)
                            == ["backup.started", "backup.completed", "backup.started", "backup.completed"])
                    #expect(messages.allSatisfy { $0.state == .pending && $0.url.isEmpty })
                    let notices = try messages.map { try Notice(json: $0.body) }
                    let runs = try await catalog.runs(of: "shop", limit: 10).reversed().map(\.id)
                    #expect(notices.map(\.run) == [runs.first, runs.first, runs.last, runs.last])
                    #expect(notices[0].runKey == notices[1].runKey)
                    #expect(notices[1].runKey != notices[2].runKey)
                    let backups = try await catalog.backups(of: "shop").map(\.id)
                    #expect(notices.last?.backup == backups.first)
                    let newest = try await catalog.verifications(of: "shop", limit: 1).first
                    #expect(notices.last?.verification == newest?.id)
                }
            }
        }
    }

    @Test("a failure with what to do about it, and the first success after it")
    func failure() async throws {
        try await withClosedPort { port in
            try await withSite { site in
                try site.configure([("shop", Self.hourly)], channelAt: port, [])
                try await site.withDaemon { _, catalog in
                    site.clock.advance(seconds: 3600)
                    try await site.log.wait(for: "not backed up")
                    try site.makeSource("shop")
                    site.clock.advance(seconds: 3600)
                    try await site.log.wait(for: "Proved: 1 table, 3 rows")
                    let notices = try await catalog.messages().map { try Notice(json: $0.body) }
                    let kinds = notices.map(\.kind).filter { $0 != .backupOverdue }
                    #expect(kinds == [.backupFailed, .backupRecovered])
                    #expect(notices.first?.advice?.isEmpty == false)
                    #expect(notices.first?.safety?.isEmpty == false)
                }
            }
        }
    }

    @Test("good news waits for the digest, which comes at its time and says how all is")
    func digest() async throws {
        try await withClosedPort { port in
            try await withSite { site in
                try site.makeSource("shop")
                // Half an hour after the second run, whatever time it is.
                let hour = (site.clock.now.seconds / 3600 + 2) % 24
                let keys = ["events: all", "digest: \"30 \(hour) * * *\"", "timezone: UTC"]
                // Two hours pass at once: that no run came of them is no news here.
                let shop = Self.hourly + ["alarm: {overdue: off}"]
                try site.configure([("shop", shop)], channelAt: port, keys)
                try await site.withDaemon { _, catalog in
                    site.clock.advance(seconds: 3600)
                    try await site.log.wait(for: "Proved: 1 table, 3 rows")
                    let waiting = try await catalog.messages()
                    #expect(waiting.allSatisfy { $0.state == .held })
                    #expect(waiting.map(\.subject).contains("backup.completed"))

                    site.clock.advance(seconds: 7200)
                    // Nobody takes it: the log says so.
                    try await site.log.wait(for: "channel=ops event=backup.completed")
                    let sent = try #require(try await catalog.messages().first { $0.state == .pending })
                    let notice = try Notice(json: sent.body)
                    #expect(notice.isDigest)
                    #expect((notice.digestCount ?? 0) >= waiting.count)
                    #expect(notice.text.contains("shop"))
                    let after = try await catalog.channelRecords().first { $0.name == "ops" }
                    #expect(after?.digestedAt == site.clock.now)
                }
            }
        }
    }

    @Test("a digest is due at its time only, once for all times that passed, and also where nothing has happened")
    func digestTimes() async throws {
        try await withClosedPort { port in
            try await withSite { site in
                try site.configure(
                    [("shop", [])], channelAt: port, ["events: all", "digest: \"@daily\"", "timezone: UTC"])
                let catalog = try await site.catalog()
                let routine = DigestRoutine(appliance: try site.appliance(), catalog: catalog)
                let midnight = Timestamp(seconds: 1_773_532_800)
                func next(_ seconds: Int64) async throws -> Int64? {
                    try await routine.makeDue(at: Timestamp(seconds: midnight.seconds + seconds))?.seconds
                }
                #expect(try await next(3600) == midnight.seconds + 86_400)
                #expect(try await next(86_399) == midnight.seconds + 86_400)
                #expect(try await catalog.messages().isEmpty)
                #expect(try await next(3 * 86_400 + 5) == midnight.seconds + 4 * 86_400)
                #expect(try await catalog.messages().count == 1)
                #expect(try await next(3 * 86_400 + 6) == midnight.seconds + 4 * 86_400)
                #expect(try await catalog.messages().count == 1)
                // The clock was wrong: the next one comes all the same.
                #expect(try await next(86_400 + 7) == midnight.seconds + 2 * 86_400)
                #expect(try await next(2 * 86_400) == midnight.seconds + 3 * 86_400)
                #expect(try await catalog.messages().count == 2)
                await catalog.close()
            }
        }
    }

    @Test("a command leaves the digest to another one that is at the outbox already")
    func digestOfCommands() async throws {
        try await withClosedPort { port in
            try await withSite { site in
                try site.configure(
                    [("shop", [])], channelAt: port, ["events: all", "digest: \"@daily\"", "timezone: UTC"])
                let catalog = try await site.catalog()
                let appliance = try site.appliance()
                let longAgo = Timestamp(seconds: 1_700_000_000)
                _ = try await DigestRoutine(appliance: appliance, catalog: catalog).makeDue(at: longAgo)
                do {
                    let lock = try #require(try RunLock.acquire(RunLock.outbox, stateDirectory: site.state))
                    await appliance.deliver(from: catalog, atMost: .zero, log: site.log.logger)
                    #expect(try await catalog.messages().isEmpty)
                    withExtendedLifetime(lock) {}
                }
                await appliance.deliver(from: catalog, log: site.log.logger)
                #expect(try await catalog.messages().count == 1)
                await catalog.close()
            }
        }
    }

    @Test("what a process left that was killed, at the next start")
    func afterCrash() async throws {
        try await withSite { site in
            try site.makeSource("shop")
            try site.configure([("shop", Self.hourly)])
            let catalog = try await site.catalog()
            let slot = Timestamp(seconds: site.clock.now.seconds - 60)
            try await catalog.register(["shop"], at: slot)
            try await catalog.add(EventRecord(at: slot, kind: .applianceStarted, text: "the appliance has started"))
            // However much has happened since.
            for _ in 1...1001 {
                try await catalog.add(EventRecord(at: slot, kind: .configurationReloaded, text: "again"))
            }
            let run = try await catalog.begin(RunStart(database: "shop", trigger: .schedule, slot: slot, at: slot))
            await catalog.close()
            try await site.withDaemon { _, catalog in
                let start = try await catalog.latestEvents(limit: 100).first { $0.kind == .applianceStarted }
                #expect(start?.text.contains("was killed") == true)
                #expect(start?.text.contains("interrupted: shop (run \(run.id), made anew)") == true)
                #expect(start?.hint?.contains("journalctl") == true)
                try await site.log.wait(for: "Proved")
            }
            try await site.withDaemon { _, catalog in
                let start = try await catalog.latestEvents(limit: 100).first { $0.kind == .applianceStarted }
                #expect(start?.text == "the appliance has started")
            }
        }
    }

    @Test("a store that is away once, whatever fails for it, and once that it is back")
    func store() async throws {
        try await withSite { site in
            try site.configure([("shop", [])])
            let catalog = try await site.catalog()
            let watch = StoreWatch(catalog: catalog, store: "disk")
            let away = NightjarError(.unreachable, "the disk is not mounted")
            await watch.noteAnswer()
            await watch.note(NightjarError(.io, "something else"))
            await watch.note(
                NightjarError(.unreachable, "the service is away", cause: RemoteError(.unreachable, "no answer")))
            await watch.note(away)
            await watch.note(NightjarError(.io, "not backed up", cause: away))
            await watch.noteAnswer()
            await watch.noteAnswer()
            let events = try await catalog.events(limit: 10)
            #expect(events.map(\.kind) == [.storeUnreachable, .storeRecovered])
            #expect(events.first?.text == "the store disk cannot be used: the disk is not mounted")
            #expect(events.allSatisfy { $0.database == nil })
            await catalog.close()
        }
    }

    @Test("many messages ask for one turn")
    func oneTurn() async {
        let (turns, continuation) = AsyncStream<Daemon.Event>.makeStream()
        let wish = TurnWish(continuation)
        for _ in 1...1000 { wish.ask() }
        wish.grant()
        wish.ask()
        continuation.finish()
        var count = 0
        for await _ in turns { count += 1 }
        #expect(count == 2)
    }
}
