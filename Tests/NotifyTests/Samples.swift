import Catalog
import Logging
import Model
import Notify
import Settings

/// Messages and channels for tests of their delivery.
enum Sample {
    static let now = Timestamp(seconds: 1_800_000_000)
    static let applianceID = "1F9A03BC-5d3e-4c52-9a3f-0a1b2c3d4e5f"
    static let key = ChannelSettings.SigningKey(base64: Secret("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
    static let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    static func notice(_ text: String = "the disk is full", event: Int64 = 1) -> Notice {
        Notice(event: event, kind: .backupFailed, at: now, host: "web-1", database: "shop", run: 7, text: text)
    }

    static func delivery(
        id: Int64 = 42, channel: String = "ops", _ notice: Notice = Sample.notice(), attempts: Int = 0
    ) -> DeliveryRecord {
        DeliveryRecord(
            id: id, channel: channel, subject: notice.kind.rawValue, url: "", body: notice.json, createdAt: now,
            attempts: attempts)
    }

    static func webhook(
        _ url: String, name: String = "ops", keys: [ChannelSettings.SigningKey] = [Sample.key],
        allowsPrivate: Bool = true
    ) -> ChannelSettings {
        ChannelSettings(
            name: name, kind: .webhook(url: Secret(url), keys: keys), events: .all, allowsPrivate: allowsPrivate)
    }
}
