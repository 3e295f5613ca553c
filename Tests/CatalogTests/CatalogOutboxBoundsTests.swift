import Catalog
import Model
import Testing

@Suite("The bounds of the outbox") struct CatalogOutboxBoundsTests {
    private static func count(_ channel: String, _ state: DeliveryState, _ catalog: Catalog) async throws -> Int {
        try await catalog.deliveryCounts().first { $0.channel == channel && $0.state == state }?.count ?? 0
    }

    @Test("A channel that takes nothing loses its oldest message to the newest, and no other channel does")
    func overflow() async throws {
        try await withCatalog { catalog, folder in
            try fill(folder, "ops", .dead, 1000)
            try fill(folder, "ops", .pending, 1000)
            try fill(folder, "mail", .pending, 1000)
            let head = try #require(try await catalog.dueDeliveries(at: later(5000), of: "ops", limit: 1).first)
            try await catalog.deliveryFailed(head.id, error: "503", next: later(9000))
            try await catalog.post(2000, to: "ops")

            let pending = try await catalog.bodies(of: "ops", .pending)
            #expect(pending.count == 1000)
            #expect(pending.first == "2")
            #expect(pending.last == "2000")
            let given = try await catalog.delivery(head.id)
            #expect(given?.state == .dead)
            #expect(given?.lastError == "too many messages waited; the last attempt: 503")
            let dead = try await Self.count("ops", .dead, catalog)
            #expect(dead == 1000)
            let others = try await Self.count("mail", .pending, catalog)
            #expect(others == 1000)
        }
    }

    @Test("The pause of a channel outlives the message that made it")
    func pause() async throws {
        try await withCatalog { catalog, folder in
            try fill(folder, "ops", .pending, 1000)
            let head = try #require(try await catalog.dueDeliveries(at: later(5000), of: "ops", limit: 1).first)
            try await catalog.deliveryFailed(head.id, error: "503", next: later(9000))
            try await catalog.post(2000, to: "ops")
            let early = try await catalog.dueDeliveries(at: later(8999), of: "ops", limit: 1)
            #expect(early == [])
            let due = try await catalog.dueDeliveries(at: later(9000), of: "ops", limit: 1)
            #expect(due.map(\.body) == ["2"])
        }
    }

    @Test("A message that is given up while it is tried leaves its pause to the next one")
    func pauseOfAnAttempt() async throws {
        try await withCatalog { catalog, folder in
            try fill(folder, "ops", .pending, 1000)
            let head = try #require(try await catalog.dueDeliveries(at: later(5000), of: "ops", limit: 1).first)
            try await catalog.post(2000, to: "ops")
            let wasPending = try await catalog.deliveryFailed(head.id, error: "503", next: later(9000))
            #expect(!wasPending)
            let early = try await catalog.dueDeliveries(at: later(8999), of: "ops", limit: 1)
            #expect(early == [])
            let due = try await catalog.dueDeliveries(at: later(9000), of: "ops", limit: 1)
            #expect(due.map(\.body) == ["2"])
        }
    }

    @Test("A clock that was wrong does not keep a channel waiting for years")
    func wrongClock() async throws {
        try await withCatalog { catalog, _ in
            let year: Int64 = 365 * 86_400
            let ahead = try await catalog.post(year, to: "ops")
            try await catalog.post(1, to: "ops")
            try await catalog.boundOutbox(at: later(2))
            let due = try await catalog.dueDeliveries(at: later(2), of: "ops", limit: 1)
            #expect(due.map(\.id) == [ahead])
            try await catalog.deliveryFailed(ahead, error: "503", next: later(86_400))
            try await catalog.boundOutbox(at: later(3))
            let next = try await catalog.nextDelivery()
            #expect(next == later(86_400), "what was put off for a good reason stays so")
        }
    }

    @Test("Callbacks are never given up for their number")
    func callbacks() async throws {
        try await withCatalog { catalog, folder in
            try fill(folder, "callback", .pending, 1200)
            try await catalog.post(2000, to: "callback")
            try await catalog.boundOutbox(at: later(2000))
            let count = try await Self.count("callback", .pending, catalog)
            #expect(count == 1201)
            let due = try await catalog.dueDeliveries(at: later(5000), of: "callback", limit: 3)
            #expect(due.map(\.body) == ["1", "2", "3"])
        }
    }

    @Test("A digest counts what was too much to be held")
    func held() async throws {
        try await withCatalog { catalog, folder in
            try fill(folder, "mail", .held, 1000)
            for number in Int64(2001)...2003 { try await catalog.post(number, to: "mail", .held) }
            let kept = try await catalog.held(of: "mail", limit: 2000)
            #expect(kept.count == 1000)
            #expect(kept.last?.body == "4")
            let count = try await catalog.heldCount(of: "mail")
            #expect(count == 1003)
            try await catalog.digest("mail", upTo: kept[0].id, as: nil, at: later(3000))
            let after = try await catalog.heldCount(of: "mail")
            #expect(after == 0)
        }
    }

    @Test("What arrived is remembered for the newest thousand")
    func delivered() async throws {
        try await withCatalog { catalog, folder in
            try fill(folder, "ops", .delivered, 1000)
            let id = try await catalog.post(2000, to: "ops")
            try await catalog.delivered(id, at: later(2000))
            let bodies = try await catalog.bodies(of: "ops", .delivered)
            #expect(bodies.count == 1000)
            #expect(bodies.first == "2")
            #expect(bodies.last == "2000")
        }
    }

    @Test("Ten thousand waiting messages come down to what is kept, the newest, and in order")
    func tenThousand() async throws {
        try await withCatalog { catalog, folder in
            for channel in ["dead", "mail"] { try fill(folder, channel, .pending, 10_000) }
            for state in [DeliveryState.dead, .delivered, .held] { try fill(folder, "ops", state, 2000) }
            let lanes = try await catalog.lanesDue(at: later(20_000))
            #expect(lanes == ["dead", "mail"])
            let changed = try await catalog.boundOutbox(at: later(20_000))
            #expect(changed == 2 * (9000 + 8000) + 3 * 1000)
            let pending = try await catalog.bodies(of: "dead", .pending)
            #expect(pending == (9001...10_000).map { "\($0)" })
            let dead = try await catalog.bodies(of: "dead", .dead)
            #expect(dead == (8001...9000).map { "\($0)" })
            let counts = try await catalog.deliveryCounts()
            #expect(counts.allSatisfy { $0.count == 1000 })
            #expect(counts.count == 7)
            let again = try await catalog.boundOutbox(at: later(20_000))
            #expect(again == 0)
        }
    }

    @Test("What waited for too long is given up with the reason, and is kept from then on")
    func tooOld() async throws {
        try await withCatalog { catalog, _ in
            let day: Int64 = 86_400
            let old = try await catalog.post(0, to: "ops")
            let failed = try await catalog.post(1, to: "ops")
            try await catalog.deliveryFailed(failed, error: "404", next: nil)
            try await catalog.retryDelivery(failed, at: later(40 * day - 60))
            let young = try await catalog.post(40 * day - 30, to: "ops")
            let count = try await catalog.boundOutbox(at: later(40 * day))
            #expect(count == 1)
            let given = try await catalog.delivery(old)
            #expect(given?.state == .dead)
            #expect(given?.lastError == "too old: waited for 7 days")
            let pending = try await catalog.deliveries(state: .pending, limit: 10)
            #expect(pending.map(\.id) == [young, failed])
            try await catalog.boundOutbox(at: later(69 * day))
            let remembered = try await catalog.delivery(old)
            #expect(remembered != nil)
            try await catalog.boundOutbox(at: later(71 * day))
            let forgotten = try await catalog.delivery(old)
            #expect(forgotten == nil)
        }
    }
}
