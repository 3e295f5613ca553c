import Catalog
import Model
import TestSupport
import Testing

@Suite("The catalog's outbox") struct CatalogDeliveriesTests {
    /// Ends an export, of which a message tells.
    private static func post(_ number: Int64, at time: Timestamp? = nil, in catalog: Catalog) async throws {
        try await catalog.add(export(number, callback: "https://example.org/done"))
        try await catalog.finishExport(
            BackupID(time: later(number)), state: .completed, at: later(number), expiresAt: later(1000),
            delivery: delivery(number, at: time))
    }

    @Test("A message waits from the end that it tells of, also where the process is killed then")
    func posting() async throws {
        try await withTemporaryDirectory { folder in
            let left = try await openCatalog(folder)
            try await Self.post(1, in: left)
            let catalog = try await openCatalog(folder)
            let messages = try await catalog.deliveries(limit: 10)
            let message = try #require(messages.first)
            #expect(messages.count == 1)
            #expect(message.id > 0)
            #expect(message.channel == "callback")
            #expect(message.subject == "dump_20260315-120001")
            #expect(message.url == "https://example.org/done")
            #expect(message.body == #"{"status":"completed"}"#)
            #expect(message.createdAt == later(1))
            #expect(message.state == .pending)
            #expect(message.attempts == 0)
            #expect(message.nextAt == later(1))
            #expect(message.lastError == nil)
            #expect(message.deliveredAt == nil)
            await catalog.close()
            await left.close()
        }
    }

    @Test("Callbacks that are due come in the order of their time")
    func due() async throws {
        try await withCatalog { catalog, _ in
            let never = try await catalog.nextDelivery()
            #expect(never == nil)
            try await Self.post(1, at: later(300), in: catalog)
            try await Self.post(2, at: later(100), in: catalog)
            try await Self.post(3, at: later(200), in: catalog)
            try await Self.post(4, at: later(100), in: catalog)
            let next = try await catalog.nextDelivery()
            #expect(next == later(100))
            let early = try await catalog.dueDeliveries(at: later(99), of: "callback", limit: 10)
            #expect(early == [])
            let due = try await catalog.dueDeliveries(at: later(200), of: "callback", limit: 10)
            #expect(due.map(\.createdAt) == [later(2), later(4), later(3)])
            let first = try await catalog.dueDeliveries(at: later(200), of: "callback", limit: 1)
            #expect(first == Array(due.prefix(1)))
            let nothing = try await catalog.dueDeliveries(at: later(200), of: "callback", limit: -1)
            #expect(nothing == [])
            let all = try await catalog.deliveries(limit: 3)
            #expect(all.map(\.createdAt) == [later(4), later(3), later(2)])
        }
    }

    @Test("One that fails is tried again until it arrives")
    func retrying() async throws {
        try await withCatalog { catalog, _ in
            try await Self.post(1, in: catalog)
            let found = try await catalog.deliveries(limit: 1)
            let message = try #require(found.first)
            let isPending = try await catalog.deliveryFailed(message.id, error: "no answer", next: later(60))
            #expect(isPending)
            let failed = try await catalog.deliveries(limit: 1).first
            #expect(failed?.state == .pending)
            #expect(failed?.attempts == 1)
            #expect(failed?.lastError == "no answer")
            #expect(failed?.nextAt == later(60))
            let next = try await catalog.nextDelivery()
            #expect(next == later(60))

            let isDelivered = try await catalog.delivered(message.id, at: later(61))
            #expect(isDelivered)
            let delivered = try await catalog.deliveries(limit: 1).first
            #expect(delivered?.state == .delivered)
            #expect(delivered?.attempts == 2)
            #expect(delivered?.lastError == nil)
            #expect(delivered?.deliveredAt == later(61))
            let none = try await catalog.nextDelivery()
            #expect(none == nil)
            let due = try await catalog.dueDeliveries(at: later(1000), of: "callback", limit: 10)
            #expect(due == [])
        }
    }

    @Test("One that is given up stays so, with the reason")
    func dead() async throws {
        try await withCatalog { catalog, _ in
            try await Self.post(1, in: catalog)
            let found = try await catalog.deliveries(limit: 1)
            let message = try #require(found.first)
            try await catalog.deliveryFailed(message.id, error: "404", next: nil)
            let dead = try await catalog.deliveries(limit: 1)
            #expect(dead.first?.state == .dead)
            #expect(dead.first?.attempts == 1)
            #expect(dead.first?.lastError == "404")
            let due = try await catalog.dueDeliveries(at: later(1000), of: "callback", limit: 10)
            #expect(due == [])

            let isFailed = try await catalog.deliveryFailed(message.id, error: "again", next: later(5))
            let isKnown = try await catalog.delivered(4711, at: later(5))
            #expect([isFailed, isKnown] == [false, false])
            let same = try await catalog.delivery(message.id)
            #expect(same == dead.first)
        }
    }

    @Test("One that arrived while it was given up has arrived")
    func lateArrival() async throws {
        try await withCatalog { catalog, _ in
            try await Self.post(1, in: catalog)
            let id = try #require(try await catalog.deliveries(limit: 1).first?.id)
            try await catalog.deliveryFailed(id, error: "too many messages waited", next: nil)
            let isDelivered = try await catalog.delivered(id, at: later(5))
            #expect(isDelivered)
            let message = try await catalog.delivery(id)
            #expect(message?.state == .delivered)
            #expect(message?.lastError == nil)
            let isDeliveredAgain = try await catalog.delivered(id, at: later(6))
            #expect(!isDeliveredAgain)
        }
    }

    @Test("They are counted by state")
    func counting() async throws {
        try await withCatalog { catalog, _ in
            for number in Int64(1)...6 { try await Self.post(number, in: catalog) }
            let ids = try await catalog.deliveries(limit: 10).map(\.id)
            try await catalog.delivered(ids[0], at: later(9))
            try await catalog.deliveryFailed(ids[1], error: "404", next: nil)
            try await catalog.deliveryFailed(ids[2], error: "404", next: nil)
            try await catalog.deliveryFailed(ids[3], error: "503", next: later(10))
            let byChannel = try await catalog.deliveryCounts()
            #expect(
                byChannel == [
                    DeliveryCount(channel: "callback", state: .dead, count: 2),
                    DeliveryCount(channel: "callback", state: .delivered, count: 1),
                    DeliveryCount(channel: "callback", state: .pending, count: 3),
                ])
        }
    }

    @Test("Only those that are through are forgotten by age, and no id is given twice")
    func forgetting() async throws {
        try await withCatalog { catalog, _ in
            for number in Int64(1)...4 { try await Self.post(number, in: catalog) }
            let ids = try await catalog.deliveries(limit: 10).map(\.id)
            try await catalog.delivered(ids[0], at: later(9))
            try await catalog.delivered(ids[1], at: later(10))
            try await catalog.deliveryFailed(ids[2], error: "404", next: nil)
            let keep = OutboxBounds(pendingAge: 1000, deadAge: 1000, deliveredAge: 5)
            let few = try await catalog.boundOutbox(at: later(15), keep: keep)
            #expect(few == 1)
            let rest = try await catalog.boundOutbox(
                at: later(900), keep: OutboxBounds(pendingAge: 1000, deadAge: 5, deliveredAge: 5))
            #expect(rest == 2)
            let left = try await catalog.deliveries(limit: 10)
            #expect(left.map(\.id) == [ids[3]])
            try await Self.post(5, in: catalog)
            let newest = try await catalog.deliveries(limit: 1)
            #expect(newest.first.map { $0.id > ids[0] } == true)
        }
    }
}
