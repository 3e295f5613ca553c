import Catalog
import Model
import Settings

/// Makes messages of events, one for each channel that wants to be told.
package struct NoticeRouter: EventSubscriber {
    private let channels: [ChannelSettings]
    private let host: String
    private let publicURL: String
    private let applianceID: String

    /// - Parameters:
    ///   - host: the machine's name.
    ///   - publicURL: what the appliance's pages begin with; empty where nobody could open them.
    package init(channels: [ChannelSettings], host: String, publicURL: String, applianceID: String) {
        self.channels = channels
        self.host = host
        self.publicURL = publicURL
        self.applianceID = applianceID
    }

    package func wants(_ event: EventRecord) -> Bool {
        channels.contains { Self.wants($0, event) }
    }

    package func messages(about event: EventRecord, _ facts: EventFacts?) throws -> [DeliveryRecord] {
        let wanting = channels.filter { Self.wants($0, event) }
        if wanting.isEmpty { return [] }
        let body = Notice(event, facts, host: host, publicURL: publicURL, applianceID: applianceID).json
        return wanting.map { channel in
            // Where the URL is a secret, it stays out of the catalog: it is looked up when the message is sent.
            DeliveryRecord(
                channel: channel.name, subject: event.kind.rawValue, url: "", body: body, createdAt: event.at,
                state: channel.digest != nil && event.kind.meaning == .good ? .held : .pending)
        }
    }

    /// A test goes to the channel that is tried out, and past the outbox.
    private static func wants(_ channel: ChannelSettings, _ event: EventRecord) -> Bool {
        event.kind != .notifyTest && channel.wants(event.kind, of: event.database)
    }
}
