import Catalog
import Dump
import Model
import Notify
import Restore
import Settings

extension Notifications {
    /// Sends a sample to a channel, or to all of them at once: not through the outbox, and once only. One that takes it
    /// rests no longer.
    /// - Parameter name: nil for all channels.
    /// - Throws: code `missing` where there is no such channel, or none at all.
    package func testChannel(_ name: String?) async throws -> [ChannelTest] {
        let channels = appliance.configuration.notify
        let chosen = channels.filter { name == nil || $0.name == name }
        guard !chosen.isEmpty else {
            guard let name else {
                throw NightjarError(
                    .missing, "there is no channel in \(appliance.configuration.path)",
                    hint: "Add one under `notify:`.")
            }
            throw Self.missing(name, channels)
        }
        let applianceID = try appliance.applianceID()
        let sender = ChannelSender(applianceID: applianceID)
        let pageURL = appliance.pageURL
        let outcomes = try await withThrowingTaskGroup(of: (Int, DeliveryOutcome).self) { group in
            for (place, channel) in chosen.enumerated() {
                let sample = Self.sample(
                    for: channel, of: database(of: channel), applianceID: applianceID, pageURL: pageURL)
                group.addTask {
                    let outcome = try await sender.send(sample, to: channel, now: .now)
                    return (place, outcome)
                }
            }
            var outcomes: [Int: DeliveryOutcome] = [:]
            for try await (place, outcome) in group { outcomes[place] = outcome }
            return outcomes
        }
        var results: [ChannelTest] = []
        for (place, channel) in chosen.enumerated() {
            guard let outcome = outcomes[place] else { continue }
            if outcome == .delivered { _ = try await catalog.wake(channel: channel.name) }
            results.append(ChannelTest(channel: channel.name, outcome))
        }
        return results
    }

    /// A check is of one database, and would hear of nothing else: the ping of a sample changes nothing about it.
    private func database(of channel: ChannelSettings) -> String? {
        guard case .healthchecks = channel.kind else { return nil }
        return appliance.configuration.databases.map(\.name).first { channel.wants(.notifyTest, of: $0) }
    }

    private static func sample(
        for channel: ChannelSettings, of database: String?, applianceID: String, pageURL: String
    ) -> DeliveryRecord {
        let now = Timestamp.now
        let event = EventRecord(
            at: now, kind: .notifyTest, database: database, text: "this is a test of the channel \(channel.name)")
        let notice = Notice(event, nil, host: HostName.current, publicURL: pageURL, applianceID: applianceID)
        // A number that no message in the outbox has: a receiver may leave out what it takes for a double.
        return DeliveryRecord(
            id: Int64.random(in: (1 << 60)...(.max)), channel: channel.name, subject: event.kind.rawValue, url: "",
            body: notice.json, createdAt: now)
    }
}

extension ChannelTest {
    fileprivate init(channel: String, _ outcome: DeliveryOutcome) {
        switch outcome {
        case .delivered: self.init(channel: channel, isDelivered: true, words: "delivered")
        case .retry(_, let reason), .dead(let reason), .gone(let reason):
            self.init(channel: channel, isDelivered: false, words: reason)
        }
    }
}
