import Catalog
import Dump
import Model
import Notify
import Settings

/// What the page, the API and the command line see of the messages to people and programs, and what they may do about
/// them: in the daemon's process, or in one that has the catalog to itself.
///
/// All errors are `Failure`s: `missing` for what there is not, `busy` for what is still on its way.
package struct Notifications: Sendable {
    /// How many messages are shown of each kind.
    private static let shown = 100
    /// Later than any attempt.
    private static let farAway = Timestamp(seconds: 253_402_300_799)

    let appliance: Appliance
    let catalog: Catalog

    package init(appliance: Appliance, catalog: Catalog) {
        self.appliance = appliance
        self.catalog = catalog
    }

    private var configured: [ChannelSettings] { appliance.configuration.notify }

    // MARK: Looking

    package func overview() async throws -> NotificationsOverview {
        let (channels, heads) = try await channelsAndHeads()
        let dead = try await catalog.deliveries(of: nil, state: .dead, limit: Self.shown)
        let oldest = try await catalog.deliveries(
            of: nil, state: .pending, limit: Self.shown, isOldestFirst: true)
        let waiting = heads + oldest.filter { delivery in !heads.contains { $0.id == delivery.id } }
        let tried = Set(heads.map(\.id))
        return NotificationsOverview(
            channels: channels, dead: dead.map { Self.message($0, isTried: false) },
            waiting: waiting.sorted { $0.id < $1.id }.map { Self.message($0, isTried: tried.contains($0.id)) })
    }

    /// The channels of the overview alone, which cost a look at an index each.
    package func channels() async throws -> [NotificationsOverview.Channel] {
        try await channelsAndHeads().channels
    }

    /// The channels, and the message of each that is tried next.
    private func channelsAndHeads() async throws -> (channels: [NotificationsOverview.Channel], heads: [DeliveryRecord])
    {
        let counts = try await catalog.deliveryCounts().filter { $0.count > 0 && $0.state != .delivered }
        let records = try await records()
        var heads: [DeliveryRecord] = []
        var channels: [NotificationsOverview.Channel] = []
        for name in names(counts) {
            // A channel that rests has none.
            let head = try await catalog.dueDeliveries(at: Self.farAway, of: name, limit: 1).first
            if let head { heads.append(head) }
            channels.append(channel(name, counts.filter { $0.channel == name }, records[name], head))
        }
        return (channels, heads)
    }

    /// - Returns: nil where there is none, or where it is forgotten.
    package func message(_ id: Int64) async throws -> NotificationsOverview.Message? {
        guard let delivery = try await catalog.delivery(id) else { return nil }
        let head = try await catalog.dueDeliveries(at: Self.farAway, of: delivery.channel, limit: 1).first
        return Self.message(delivery, isTried: head?.id == id)
    }

    /// In the configuration's order, then those that have messages only.
    private func names(_ counts: [DeliveryCount]) -> [String] {
        let known = configured.map(\.name)
        return known + Set(counts.map(\.channel)).subtracting(known).sorted()
    }

    private func records() async throws -> [String: ChannelRecord] {
        Dictionary(
            try await catalog.channelRecords().map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    private func channel(
        _ name: String, _ counts: [DeliveryCount], _ record: ChannelRecord?, _ head: DeliveryRecord?
    ) -> NotificationsOverview.Channel {
        func count(_ state: DeliveryState) -> Int { counts.first { $0.state == state }?.count ?? 0 }
        let settings = configured.first { $0.name == name }
        let words = settings.map { ChannelWords($0) }
        let isCallback = name == CallbackChannel.name
        return NotificationsOverview.Channel(
            name: name, kind: settings?.kind.name ?? (isCallback ? name : NotificationsOverview.Channel.removed),
            host: words?.host ?? "",
            events: words?.events ?? (isCallback ? "the ends of exports" : "nothing any more"),
            databases: settings?.databases ?? [], digest: words?.digest, pending: count(.pending), held: count(.held),
            dead: count(.dead), restingSince: record?.restingSince, restingReason: record?.restingReason,
            lastDelivered: record?.deliveredAt, nextTry: head?.nextAt, lastError: head?.lastError)
    }

    /// - Parameter isTried: Whether it is the next one of its channel; a callback waits for no other.
    private static func message(_ delivery: DeliveryRecord, isTried: Bool) -> NotificationsOverview.Message {
        let isCallback = delivery.channel == CallbackChannel.name
        let isNext = delivery.state == .pending && (isTried || isCallback)
        let title =
            isCallback
            ? "the end of export \(delivery.subject)" : (try? Notice(json: delivery.body))?.title ?? delivery.subject
        return NotificationsOverview.Message(
            id: delivery.id, channel: delivery.channel, kind: delivery.subject, title: title,
            createdAt: delivery.createdAt, attempts: delivery.attempts, nextTry: isNext ? delivery.nextAt : nil,
            lastError: delivery.lastError)
    }

    // MARK: Doing something about it

    /// Has a message that was given up tried again, at its old place; its channel wakes.
    /// - Throws: code `missing` where there is none, `busy` for one that was not given up.
    package func retryDelivery(_ id: Int64) async throws {
        let delivery = try await deadLetter(id)
        guard try await catalog.retryDelivery(id, at: .now) else { throw Self.notGivenUp(delivery) }
        _ = try await catalog.wake(channel: delivery.channel)
    }

    /// Has all messages of a channel tried again that were given up; it wakes.
    /// - Returns: How many.
    /// - Throws: code `missing` where there is no such channel.
    package func retryDeliveries(of channel: String) async throws -> Int {
        try await require(channel)
        let count = try await catalog.retryDeliveries(of: channel, at: .now)
        _ = try await catalog.wake(channel: channel)
        return count
    }

    /// Forgets a message that was given up.
    /// - Throws: code `missing` where there is none, `busy` for one that was not given up.
    package func dropDelivery(_ id: Int64) async throws {
        let delivery = try await deadLetter(id)
        guard try await catalog.dropDelivery(id) else { throw Self.notGivenUp(delivery) }
    }

    /// Ends a channel's rest.
    /// - Throws: code `missing` where there is no such channel.
    package func wakeChannel(_ name: String) async throws {
        try await require(name)
        _ = try await catalog.wake(channel: name)
    }

    private func deadLetter(_ id: Int64) async throws -> DeliveryRecord {
        guard let delivery = try await catalog.delivery(id) else {
            throw NightjarError(.missing, "there is no message \(id)", hint: "Old messages are forgotten.")
        }
        guard delivery.state == .dead else { throw Self.notGivenUp(delivery) }
        return delivery
    }

    private static func notGivenUp(_ delivery: DeliveryRecord) -> NightjarError {
        let words =
            switch delivery.state {
            case .pending: "it waits to be delivered"
            case .held: "it waits for the digest"
            case .delivered: "it was delivered"
            case .dead: "somebody else was faster"
            }
        return NightjarError(.busy, "message \(delivery.id) was not given up: \(words)")
    }

    /// Whether there is a channel, be it only in the outbox.
    private func require(_ name: String) async throws {
        guard !configured.contains(where: { $0.name == name }), name != CallbackChannel.name else { return }
        guard try await catalog.deliveryCounts().contains(where: { $0.channel == name }) else {
            throw Self.missing(name, configured)
        }
    }

    static func missing(_ name: String, _ configured: [ChannelSettings]) -> NightjarError {
        let names = configured.map(\.name).joined(separator: ", ")
        return NightjarError(
            .missing, "there is no channel \(name)",
            hint: names.isEmpty ? "There is none at all: add one under `notify:`." : "There are: \(names)")
    }
}
