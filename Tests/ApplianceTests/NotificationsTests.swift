import Catalog
import Logging
import Model
import Settings
import TestSupport
import Testing

@testable import Appliance

@Suite("People see what becomes of messages", .timeLimit(.minutes(30)))
struct NotificationsTests {
    /// Before now, so that what is added is due.
    private static let past = Timestamp(seconds: 1_700_000_000)

    /// A channel `ops` at a port where nobody listens, and two events in its outbox, of which the first was given up.
    private func withMessages(
        _ body: (Site, Notifications, Catalog, _ dead: Int64) async throws -> Void
    ) async throws {
        try await withClosedPort { port in
            try await withSite { site in
                try site.configure(
                    [("shop", [])],
                    top: [
                        "notify:", "  - slack: \"http://127.0.0.1:\(port)/hook/very-secret\"", "    name: ops",
                        "    allow_private: true",
                    ])
                let catalog = try await site.catalog()
                for name in ["shop", "crm"] {
                    try await catalog.add(
                        EventRecord(at: Self.past, kind: .backupFailed, database: name, text: "it failed"))
                }
                let first = try #require(try await catalog.deliveries(of: "ops", state: .pending, limit: 10).last)
                try await catalog.deliveryFailed(first.id, error: "nobody answers", next: nil)
                try await body(
                    site, Notifications(appliance: try site.appliance(), catalog: catalog), catalog, first.id)
                await catalog.close()
            }
        }
    }

    @Test("the channels, what waits and what was given up, and nothing of the URL but its host")
    func overview() async throws {
        try await withMessages { site, notifications, catalog, dead in
            let overview = try await notifications.overview()
            let channel = try #require(overview.channels.first)
            #expect(overview.channels.count == 1)
            #expect(channel.name == "ops")
            #expect(channel.kind == "slack")
            #expect(channel.pending == 1)
            #expect(channel.dead == 1)
            #expect(channel.nextTry == Self.past)
            #expect(overview.dead.map(\.id) == [dead])
            #expect(overview.dead.first?.kind == "backup.failed")
            #expect(overview.dead.first?.title.contains("shop") == true)
            #expect(overview.dead.first?.lastError == "nobody answers")
            #expect(overview.waiting.map(\.nextTry) == [Self.past])
            #expect(!"\(overview)".contains("very-secret"))
            for number in 1...100 {
                try await catalog.add(
                    EventRecord(at: Self.past, kind: .backupFailed, database: "shop", text: "failure \(number)"))
            }
            let many = try await notifications.overview().waiting
            #expect(many.map(\.id) == Array((dead + 1)...(dead + 100)), "the oldest")
            #expect(try await notifications.message(dead)?.channel == "ops")
            #expect(try await notifications.message(dead + 1000) == nil)
        }
    }

    @Test("what was given up is tried again, or forgotten, and a channel wakes")
    func again() async throws {
        try await withMessages { site, notifications, catalog, dead in
            try await catalog.rest(channel: "ops", fingerprint: "x", reason: "gone", at: site.clock.now)
            #expect(try await notifications.overview().channels.first?.restingReason == "gone")
            try await notifications.retryDelivery(dead)
            let waiting = try await notifications.overview()
            #expect(waiting.channels.first?.restingSince == nil)
            #expect(waiting.waiting.map(\.id).first == dead, "at its old place")
            #expect(waiting.dead == [])

            try await catalog.deliveryFailed(dead, error: "nobody answers", next: nil)
            #expect(try await notifications.retryDeliveries(of: "ops") == 1)
            try await catalog.deliveryFailed(dead, error: "nobody answers", next: nil)
            try await notifications.dropDelivery(dead)
            #expect(try await notifications.message(dead) == nil)
        }
    }

    @Test("what there is not, and what is on its way, is refused")
    func refused() async throws {
        try await withMessages { _, notifications, _, dead in
            func code(_ body: () async throws -> Void) async -> FailureCode? {
                do {
                    try await body()
                    return nil
                } catch {
                    return (error as? any Failure)?.code
                }
            }
            let next = dead + 1
            let none = dead + 100
            let codes = [
                await code { try await notifications.retryDelivery(none) },
                await code { try await notifications.dropDelivery(none) },
                await code { _ = try await notifications.retryDeliveries(of: "nobody") },
                await code { try await notifications.wakeChannel("nobody") },
                await code { _ = try await notifications.testChannel("nobody") },
                await code { try await notifications.retryDelivery(next) },
                await code { try await notifications.dropDelivery(next) },
            ]
            #expect(codes == [.missing, .missing, .missing, .missing, .missing, .busy, .busy])
        }
    }

    @Test("a sample says why it was not delivered, and leaves nothing in the outbox")
    func sample() async throws {
        try await withMessages { _, notifications, catalog, _ in
            let before = try await catalog.deliveries(of: nil, state: nil, limit: 10)
            let results = try await notifications.testChannel(nil)
            #expect(results.map(\.channel) == ["ops"])
            #expect(results.map(\.isDelivered) == [false])
            #expect(results.first?.words.contains("127.0.0.1") == true)
            #expect(results.first?.words.contains("very-secret") == false)
            #expect(try await catalog.deliveries(of: nil, state: nil, limit: 10) == before)
        }
    }

    @Test("a command delivers where no daemon works, and leaves what is not taken for later")
    func command() async throws {
        try await withMessages { site, _, catalog, dead in
            let appliance = try site.appliance()
            let next = dead + 1
            do {
                let lock = try DaemonLock(stateDirectory: site.state)
                await appliance.deliver(from: catalog, log: site.log.logger)
                #expect(try await catalog.delivery(next)?.attempts == 0, "it is the daemon's")
                withExtendedLifetime(lock) {}
            }
            await appliance.deliver(from: catalog, log: site.log.logger)
            let delivery = try #require(try await catalog.delivery(next))
            #expect(delivery.state == .pending)
            #expect(delivery.attempts == 1)
            #expect(delivery.lastError?.contains("127.0.0.1") == true)
        }
    }
}
