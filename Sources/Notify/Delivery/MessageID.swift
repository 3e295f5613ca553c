import Catalog
import Model

/// What receivers know a message by: the same at each attempt, and of no other message of any appliance.
enum MessageID {
    private static let digits = 8

    /// `msg_42_1f9a03bc`: the delivery's number, and a hash of what it says and of who says it. A number alone may come
    /// back: a new catalog counts from 1, and one that lost its last seconds to a loss of power gives them twice.
    static func text(of delivery: DeliveryRecord, applianceID: String) -> String {
        let parts = [applianceID, delivery.channel, delivery.createdAt.text, delivery.body]
        return "msg_\(delivery.id)_\(Fingerprint.of(parts).prefix(digits))"
    }
}
