import Model

@testable import Appliance

/// What the tests of notifications show: read models made by hand.
enum NotificationFigures {
    static func channel(
        _ name: String = "ops", kind: String? = nil, host: String = "hooks.example.org", databases: [String] = [],
        digest: String? = nil, pending: Int = 0, held: Int = 0, dead: Int = 0, restingSince: Timestamp? = nil,
        restingReason: String? = nil, lastDelivered: Timestamp? = nil, nextTry: Timestamp? = nil,
        lastError: String? = nil
    ) -> NotificationsOverview.Channel {
        NotificationsOverview.Channel(
            name: name, kind: kind ?? (name == "callback" ? name : "webhook"), host: host, events: "problems",
            databases: databases, digest: digest, pending: pending, held: held, dead: dead, restingSince: restingSince,
            restingReason: restingReason, lastDelivered: lastDelivered, nextTry: nextTry, lastError: lastError)
    }

    static func message(
        _ id: Int64, to channel: String = "ops", title: String = "shop: backup failed", nextTry: Timestamp? = nil,
        lastError: String? = nil
    ) -> NotificationsOverview.Message {
        NotificationsOverview.Message(
            id: id, channel: channel, kind: "backup.failed", title: title, createdAt: PageFigures.ago(PageFigures.hour),
            attempts: 3, nextTry: nextTry, lastError: lastError)
    }

    static func overview(
        _ channels: [NotificationsOverview.Channel], dead: [NotificationsOverview.Message] = [],
        waiting: [NotificationsOverview.Message] = []
    ) -> NotificationsOverview {
        NotificationsOverview(channels: channels, dead: dead, waiting: waiting)
    }
}
