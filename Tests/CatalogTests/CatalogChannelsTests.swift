import Catalog
import Model
import Testing

@Suite("The catalog's channels") struct CatalogChannelsTests {
    @Test("The oldest message of a channel is the only one that is tried, and holds up no other channel")
    func order() async throws {
        try await withCatalog { catalog, _ in
            let first = try await catalog.post(1, to: "ops")
            let second = try await catalog.post(2, to: "ops")
            let other = try await catalog.post(3, to: "mail")
            let before = try await catalog.lanesDue(at: noon)
            #expect(before == [])
            let lanes = try await catalog.lanesDue(at: later(10))
            #expect(lanes == ["mail", "ops"])
            let due = try await catalog.dueDeliveries(at: later(10), of: "ops", limit: 10)
            #expect(due.map(\.id) == [first])

            try await catalog.deliveryFailed(first, error: "500", next: later(300))
            let waiting = try await catalog.dueDeliveries(at: later(299), of: "ops", limit: 10)
            #expect(waiting == [])
            let rest = try await catalog.lanesDue(at: later(299))
            #expect(rest == ["mail"])
            let mail = try await catalog.dueDeliveries(at: later(299), of: "mail", limit: 10)
            #expect(mail.map(\.id) == [other])
            let next = try await catalog.nextDelivery(excluding: ["mail"])
            #expect(next == later(300))
            let soonest = try await catalog.nextDelivery()
            #expect(soonest == later(3))
            let none = try await catalog.nextDelivery(excluding: ["mail", "ops"])
            #expect(none == nil)

            try await catalog.delivered(first, at: later(300))
            let after = try await catalog.dueDeliveries(at: later(300), of: "ops", limit: 10)
            #expect(after.map(\.id) == [second])
            let nothing = try await catalog.dueDeliveries(at: later(300), of: "ops", limit: 0)
            #expect(nothing == [])
            let records = try await catalog.channelRecords()
            #expect(records == [ChannelRecord(name: "ops", deliveredAt: later(300))])
        }
    }

    @Test("Callbacks go each by itself, beside the channels")
    func callbacks() async throws {
        try await withCatalog { catalog, _ in
            let first = try await catalog.post(1, to: CallbackChannel.name)
            let second = try await catalog.post(2, to: CallbackChannel.name)
            try await catalog.post(3, to: "ops")
            try await catalog.deliveryFailed(first, error: "500", next: later(300))
            let lanes = try await catalog.lanesDue(at: later(10))
            #expect(lanes == ["callback", "ops"])
            let due = try await catalog.dueDeliveries(at: later(10), of: "callback", limit: 10)
            #expect(due.map(\.id) == [second])
            try await catalog.delivered(second, at: later(10))
            let next = try await catalog.nextDelivery(excluding: ["ops"])
            #expect(next == later(300))
            let records = try await catalog.channelRecords()
            #expect(records == [])
        }
    }

    @Test("A channel rests since the first time, keeps its messages, and goes on where it was")
    func resting() async throws {
        try await withCatalog { catalog, _ in
            let first = try await catalog.post(1, to: "ops")
            try await catalog.rest(channel: "ops", fingerprint: "one", reason: "410", at: later(2))
            try await catalog.rest(channel: "ops", fingerprint: "two", reason: "410 again", at: later(3))
            try await catalog.post(4, to: "ops")
            let record = try await catalog.channelRecords()
            #expect(
                record == [
                    ChannelRecord(
                        name: "ops", fingerprint: "two", restingSince: later(2), restingReason: "410 again")
                ])
            let lanes = try await catalog.lanesDue(at: later(100))
            let due = try await catalog.dueDeliveries(at: later(100), of: "ops", limit: 10)
            let next = try await catalog.nextDelivery()
            #expect(lanes == [])
            #expect(due == [])
            #expect(next == nil)

            let woken = try await catalog.wake(channel: "ops")
            let isWokenAgain = try await catalog.wake(channel: "ops")
            let isWokenUnknown = try await catalog.wake(channel: "mail")
            #expect([woken, isWokenAgain, isWokenUnknown] == [true, false, false])
            let after = try await catalog.dueDeliveries(at: later(100), of: "ops", limit: 10)
            #expect(after.map(\.id) == [first])
            let awake = try await catalog.channelRecords()
            #expect(awake == [ChannelRecord(name: "ops")])
        }
    }

    @Test("What is held waits for its digest, which takes its place")
    func digest() async throws {
        try await withCatalog { catalog, _ in
            for number in Int64(1)...4 { try await catalog.post(number, to: "mail", .held) }
            try await catalog.post(5, to: "ops", .held)
            let lanes = try await catalog.lanesDue(at: later(100))
            #expect(lanes == [])
            let held = try await catalog.held(of: "mail", limit: 3)
            #expect(held.map(\.body) == ["4", "3", "2"])
            let count = try await catalog.heldCount(of: "mail")
            #expect(count == 4)

            let newest = try #require(held.first)
            try await catalog.post(6, to: "mail", .held)
            let postman = Postman([])
            await catalog.subscribe(postman)
            let digest = DeliveryRecord(
                channel: "mail", subject: "backup.completed", url: "", body: "all is well", createdAt: later(50))
            try await catalog.digest("mail", upTo: newest.id, as: digest, at: later(50))
            #expect(postman.rings == 1)
            let due = try await catalog.dueDeliveries(at: later(50), of: "mail", limit: 10)
            #expect(due.map(\.body) == ["all is well"])
            let left = try await catalog.held(of: "mail", limit: 10)
            #expect(left.map(\.body) == ["6"])
            let others = try await catalog.heldCount(of: "ops")
            #expect(others == 1)
            let records = try await catalog.channelRecords()
            #expect(records == [ChannelRecord(name: "mail", digestedAt: later(50))])

            try await catalog.digest("ops", upTo: 0, as: nil, at: later(60))
            #expect(postman.rings == 1)
            let stillHeld = try await catalog.heldCount(of: "ops")
            #expect(stillHeld == 1)
        }
    }

    @Test("What was given up is tried again at its place in the order, with the same id")
    func deadLetters() async throws {
        try await withCatalog { catalog, _ in
            var ids: [Int64] = []
            for number in Int64(1)...4 { ids.append(try await catalog.post(number, to: "ops")) }
            for id in ids.prefix(3) { try await catalog.deliveryFailed(id, error: "404", next: nil) }
            let isRetried = try await catalog.retryDelivery(ids[1], at: later(50))
            let isRetriedAgain = try await catalog.retryDelivery(ids[1], at: later(50))
            let isPendingRetried = try await catalog.retryDelivery(ids[3], at: later(50))
            #expect([isRetried, isRetriedAgain, isPendingRetried] == [true, false, false])
            let head = try await catalog.dueDeliveries(at: later(50), of: "ops", limit: 10)
            #expect(head.map(\.id) == [ids[1]])
            #expect(head.map(\.attempts) == [0])
            #expect(head.map(\.lastError) == [nil])

            let isDropped = try await catalog.dropDelivery(ids[0])
            let isDroppedAgain = try await catalog.dropDelivery(ids[0])
            let isPendingDropped = try await catalog.dropDelivery(ids[3])
            #expect([isDropped, isDroppedAgain, isPendingDropped] == [true, false, false])
            let elsewhere = try await catalog.retryDeliveries(of: "mail", at: later(60))
            #expect(elsewhere == 0)
            let count = try await catalog.retryDeliveries(of: "ops", at: later(60))
            #expect(count == 1)
            let bodies = try await catalog.bodies(of: "ops", .pending)
            #expect(bodies == ["2", "3", "4"])
        }
    }

    @Test("Messages are listed by channel and state, newest first")
    func lists() async throws {
        try await withCatalog { catalog, _ in
            for number in Int64(1)...3 {
                try await catalog.post(number, to: "ops")
                try await catalog.post(number + 10, to: "mail")
            }
            let dead = try #require(try await catalog.deliveries(of: "ops", limit: 1).first)
            try await catalog.deliveryFailed(dead.id, error: "404", next: nil)
            let all = try await catalog.deliveries(limit: 3)
            #expect(all.map(\.body) == ["13", "3", "12"])
            let ofOps = try await catalog.deliveries(of: "ops", limit: 2)
            #expect(ofOps.map(\.body) == ["3", "2"])
            let pending = try await catalog.deliveries(state: .pending, limit: 10)
            #expect(pending.map(\.body) == ["13", "12", "2", "11", "1"])
            let both = try await catalog.deliveries(of: "ops", state: .pending, limit: 1)
            #expect(both.map(\.body) == ["2"])
            let counts = try await catalog.deliveryCounts()
            #expect(
                counts == [
                    DeliveryCount(channel: "mail", state: .pending, count: 3),
                    DeliveryCount(channel: "ops", state: .dead, count: 1),
                    DeliveryCount(channel: "ops", state: .pending, count: 2),
                ])
            let none = try await catalog.delivery(4711)
            #expect(none == nil)
        }
    }
}
