import Catalog
import Model
import Notify
import SQLite
import Settings
import Synchronization
import TestSupport
import Testing

/// Makes of each event one message to each of some channels.
private struct EachEvent: EventSubscriber {
    let channels: [String]

    func wants(_ event: EventRecord) -> Bool { true }

    func messages(about event: EventRecord, _ facts: EventFacts?) throws -> [DeliveryRecord] {
        channels.map { channel in
            DeliveryRecord(
                channel: channel, subject: event.kind.rawValue, url: "",
                body: Sample.notice(event.text, event: event.id).json, createdAt: event.at)
        }
    }
}

/// A clock that goes on when a test says so.
private final class SteppedClock: Sendable {
    private let seconds = Mutex(Sample.now.seconds)

    var now: Timestamp { Timestamp(seconds: seconds.withLock { $0 }) }

    func advance(by count: Int64) { seconds.withLock { $0 += count } }
}

@Suite("The courier of channels", .timeLimit(.minutes(30))) struct CourierTests {
    private typealias Answer = WebReceiver.Answer

    /// A catalog with a message for each text, in each channel.
    private func withCatalog(
        _ texts: [String], to channels: [String] = ["ops"], _ body: (Catalog) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { path in
            let catalog = try await Catalog.open(directory: path, access: .readWrite, at: Sample.now).catalog
            await catalog.subscribe(EachEvent(channels: channels), onMessage: nil)
            for text in texts {
                try await catalog.add(EventRecord(at: Sample.now, kind: .backupFailed, database: "shop", text: text))
            }
            try await body(catalog)
            await catalog.close()
        }
    }

    private func work(
        _ catalog: Catalog, lane: String = "ops", _ channels: [ChannelSettings], after seconds: Int64 = 0
    ) async -> Timestamp? {
        let time = Timestamp(seconds: Sample.now.seconds + seconds)
        return await work(catalog, lane: lane, channels: { channels }, now: { time })
    }

    private func work(
        _ catalog: Catalog, lane: String = "ops", channels: @escaping @Sendable () async -> [ChannelSettings],
        now: @escaping @Sendable () -> Timestamp
    ) async -> Timestamp? {
        let courier = Courier(
            catalog: catalog, channels: channels, http: { HTTPSettings() }, applianceID: Sample.applianceID,
            resolver: FakeResolver(["hooks.test": [["127.0.0.1"]]]), random: { 0 }, log: Sample.log)
        return await courier.work(lane: lane, now: now)
    }

    private func states(_ catalog: Catalog) async throws -> [DeliveryState] {
        try await catalog.deliveries(of: nil, state: nil, limit: 100).sorted { $0.id < $1.id }.map(\.state)
    }

    @Test("sends the messages of a channel in their order")
    func order() async throws {
        let texts = (1...9).map { "message \($0)" }
        try await withCatalog(texts) { catalog in
            try await withReceiver { receiver in
                let channel = Sample.webhook("http://hooks.test:\(receiver.port)/")
                #expect(await work(catalog, [channel]) == nil)
                try #require(receiver.messages.count == 9)
                for (message, text) in zip(receiver.messages, texts) { #expect(message.body.contains(text)) }
                #expect(Set(receiver.messages.compactMap { $0.headers["webhook-id"] }).count == 9)
                #expect(try await states(catalog).allSatisfy { $0 == .delivered })
            }
        }
    }

    @Test("lets the others wait for one that was not taken, and sends it again with the same id")
    func again() async throws {
        let answers = Answers([200, 500])
        try await withCatalog(["one", "two", "three"]) { catalog in
            try await withReceiver(answering: { _ in answers.next() }) { receiver in
                let channel = Sample.webhook("http://hooks.test:\(receiver.port)/")
                #expect(await work(catalog, [channel]) == nil)
                #expect(try await states(catalog) == [.delivered, .pending, .pending])
                #expect(try await catalog.nextDelivery(excluding: [])?.seconds == Sample.now.seconds + 5)
                #expect(await work(catalog, [channel], after: 4) == nil)
                #expect(receiver.messages.count == 2)

                #expect(await work(catalog, [channel], after: 5) == nil)
                #expect(try await states(catalog) == [.delivered, .delivered, .delivered])
                let ids = receiver.messages.compactMap { $0.headers["webhook-id"] }
                try #require(ids.count == 4)
                #expect(ids[1] == ids[2])
                #expect(Set(ids).count == 3)
            }
        }
    }

    @Test("lets a channel rest whose receiver is gone for good")
    func gone() async throws {
        try await withCatalog(["one", "two"]) { catalog in
            try await withReceiver(answering: { _ in Answer(status: 410) }) { receiver in
                let channel = Sample.webhook("http://hooks.test:\(receiver.port)/")
                #expect(await work(catalog, [channel]) == nil)
                #expect(await work(catalog, [channel], after: 86_400) == nil)
                #expect(receiver.messages.count == 1)
                #expect(try await states(catalog) == [.dead, .pending])
                let record = try #require(try await catalog.channelRecords().first { $0.name == "ops" })
                #expect(record.restingSince == Sample.now)
                #expect(record.restingReason == "hooks.test answered 410: it is gone for good")
                #expect(record.fingerprint == channel.fingerprint)
            }
        }
    }

    @Test("sends a message to where a reload leads while the old receiver says that it is gone")
    func movedMeanwhile() async throws {
        let answers = Answers([410, 200])
        try await withCatalog(["one"]) { catalog in
            try await withReceiver(answering: { _ in answers.next() }) { receiver in
                let old = Sample.webhook("http://hooks.test:\(receiver.port)/old")
                let new = Sample.webhook("http://hooks.test:\(receiver.port)/new")
                let again = await work(
                    catalog, channels: { receiver.messages.isEmpty ? [old] : [new] }, now: { Sample.now })
                #expect(again == nil)
                #expect(receiver.messages.map(\.target) == ["/old", "/new"])
                #expect(try await states(catalog) == [.delivered])
                let record = try #require(try await catalog.channelRecords().first { $0.name == "ops" })
                #expect(record.restingSince == nil)
            }
        }
    }

    @Test("counts a pause from the end of the attempt, however long that took")
    func pauseAfterLongAttempt() async throws {
        let clock = SteppedClock()
        let answer = { @Sendable (message: WebReceiver.Message) -> Answer in
            clock.advance(by: 19)
            return Answer(status: 429, headers: ["Retry-After": "60"])
        }
        try await withCatalog(["one"]) { catalog in
            try await withReceiver(answering: answer) { receiver in
                let channel = Sample.webhook("http://hooks.test:\(receiver.port)/")
                let again = await work(catalog, channels: { [channel] }, now: { clock.now })
                #expect(again == nil)
                let next = try await catalog.nextDelivery(excluding: [])
                #expect(next?.seconds == Sample.now.seconds + 79)
            }
        }
    }

    @Test("does not send again every minute what was taken and cannot be written down")
    func unrecorded() async throws {
        try await withCatalog(["one"]) { catalog in
            let other = try Database(path: catalog.path, access: .readWrite)
            try other.execute(
                """
                CREATE TRIGGER full BEFORE UPDATE ON deliveries WHEN new.state = 'delivered'
                BEGIN SELECT RAISE(ABORT, 'full'); END
                """)
            try await withReceiver { receiver in
                let channel = Sample.webhook("http://hooks.test:\(receiver.port)/")
                #expect(await work(catalog, [channel])?.seconds == Sample.now.seconds + 1800)
                #expect(receiver.messages.count == 1)
                let states = try await states(catalog)
                #expect(states == [.pending])
            }
        }
    }

    @Test("gives up what was for a channel that is configured no longer")
    func removed() async throws {
        try await withCatalog(["one", "two"]) { catalog in
            #expect(await work(catalog, []) == nil)
            let messages = try await catalog.deliveries(of: "ops", state: nil, limit: 10)
            #expect(messages.map(\.state) == [.dead, .dead])
            #expect(messages.allSatisfy { $0.lastError == "the channel is configured no longer" })
        }
    }

    @Test("does not let one channel wait for another")
    func independence() async throws {
        try await withCatalog(["one"], to: ["ops", "other"]) { catalog in
            try await withReceiver { receiver in
                try await withClosedPort { port in
                    let channels = [
                        Sample.webhook("http://hooks.test:\(port)/"),
                        Sample.webhook("http://hooks.test:\(receiver.port)/", name: "other"),
                    ]
                    #expect(await work(catalog, lane: "ops", channels) == nil)
                    #expect(await work(catalog, lane: "other", channels) == nil)
                    let waiting = try await catalog.deliveries(of: "ops", state: .pending, limit: 10).count
                    #expect(waiting == 1)
                    let arrived = try await catalog.deliveries(of: "other", state: .delivered, limit: 10).count
                    #expect(arrived == 1)
                }
            }
        }
    }

    @Test("comes back in a minute where the catalog fails")
    func fault() async throws {
        try await withCatalog(["one"]) { catalog in
            await catalog.close()
            #expect(await work(catalog, [])?.seconds == Sample.now.seconds + 60)
        }
    }
}
