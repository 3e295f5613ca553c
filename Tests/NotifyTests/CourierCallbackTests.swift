import Catalog
import Logging
import Model
import Notify
import Settings
import TestSupport
import Testing

@Suite("The courier of callbacks", .timeLimit(.minutes(30))) struct CourierCallbackTests {
    private static let now = Timestamp(seconds: 1_800_000_000)

    private func withCatalog(_ body: (Catalog) async throws -> Void) async throws {
        try await withTemporaryDirectory { path in
            let catalog = try await Catalog.open(directory: path, access: .readWrite, at: Self.now).catalog
            try await body(catalog)
            await catalog.close()
        }
    }

    /// An export that has ended, with a message to be delivered.
    private func addDelivery(_ number: Int64, to url: String, in catalog: Catalog) async throws {
        let time = Timestamp(seconds: Self.now.seconds - 1000 + number)
        let id = BackupID(time: time)
        try await catalog.add(
            ExportRecord(
                id: id, database: "shop", store: "disk", format: .sql, includesSchema: true, chunkRows: 1000,
                verify: .checksum, requester: "admin", callbackURL: url, createdAt: time))
        try await catalog.finishExport(
            id, state: .completed, at: time, expiresAt: Self.now, rows: 1, dumpBytes: 1, storedBytes: 1, failure: nil,
            delivery: DeliveryRecord(
                channel: CallbackChannel.name, subject: "\(id)", url: url, body: #"{"number":\#(number)}"#,
                createdAt: time))
    }

    /// Sends what is due at a moment.
    private func deliver(_ catalog: Catalog, at time: Timestamp = CourierCallbackTests.now) async -> Timestamp? {
        let courier = Courier(
            catalog: catalog, channels: { [] }, http: { HTTPSettings(callbackHosts: ["hooks.test"]) },
            applianceID: "1f9a03bc", resolver: FakeResolver(["hooks.test": [["127.0.0.1"]]]), random: { 0 },
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        return await courier.work(lane: CallbackChannel.name, now: { time })
    }

    /// Newest first.
    private func deliveries(_ catalog: Catalog) async throws -> [DeliveryRecord] {
        try await catalog.deliveries(of: nil, state: nil, limit: 100)
    }

    @Test("delivers all that is due, each once")
    func all() async throws {
        try await withCatalog { catalog in
            try await withReceiver { receiver in
                for number in 1...9 {
                    try await addDelivery(Int64(number), to: "http://hooks.test:\(receiver.port)/", in: catalog)
                }
                #expect(await deliver(catalog) == nil)
                #expect(Set(receiver.messages.map(\.body)) == Set((1...9).map { #"{"number":\#($0)}"# }))
                #expect(receiver.messages.count == 9)
                #expect(try await deliveries(catalog).allSatisfy { $0.state == .delivered })
                #expect(await deliver(catalog) == nil)
                #expect(receiver.messages.count == 9)
            }
        }
    }

    @Test("tries again what was not taken, when its time has come")
    func again() async throws {
        let answers = Answers([500, 200])
        try await withCatalog { catalog in
            try await withReceiver(answering: { _ in answers.next() }) { receiver in
                try await addDelivery(1, to: "http://hooks.test:\(receiver.port)/", in: catalog)
                #expect(await deliver(catalog) == nil)
                let next = try await catalog.nextDelivery(excluding: [])
                #expect(next == Timestamp(seconds: Self.now.seconds + 5))
                let pending = try #require(try await deliveries(catalog).first)
                #expect(pending.state == .pending)
                #expect(pending.attempts == 1)
                #expect(pending.lastError == "hooks.test answered 500")

                let early = Timestamp(seconds: Self.now.seconds + 4)
                #expect(await deliver(catalog, at: early) == nil)
                #expect(receiver.messages.count == 1)

                let due = Timestamp(seconds: Self.now.seconds + 5)
                #expect(await deliver(catalog, at: due) == nil)
                #expect(try await deliveries(catalog).first?.state == .delivered)
                #expect(receiver.messages.count == 2)
            }
        }
    }

    @Test("gives up what must not be called, and delivers the others")
    func refused() async throws {
        try await withCatalog { catalog in
            try await withReceiver { receiver in
                try await addDelivery(1, to: "http://127.0.0.1:\(receiver.port)/", in: catalog)
                try await addDelivery(2, to: "http://hooks.test:\(receiver.port)/", in: catalog)
                #expect(await deliver(catalog) == nil)
                #expect(try await deliveries(catalog).map(\.state) == [.delivered, .dead])
                #expect(receiver.messages.count == 1)
            }
        }
    }

    @Test("makes nothing of an empty one")
    func empty() async throws {
        try await withCatalog { catalog in
            #expect(await deliver(catalog) == nil)
        }
    }
}
