import Catalog
import Model

extension NotificationsOverview.Channel {
    /// In place of a kind, where the configuration has no such channel any more.
    static let removed = "removed"

    /// Whether nothing is sent on it until somebody wakes it.
    package var isResting: Bool { restingSince != nil }

    /// Whether it is configured no longer, and there only for messages that it had.
    package var isRemoved: Bool { kind == Self.removed }

    /// Whether it stands for the callbacks of exports, which have no receiver of their own.
    package var isCallback: Bool { kind == CallbackChannel.name }

    /// What somebody has to look at, a sentence each: that it rests, and messages that were given up.
    ///
    /// `ops rests: hooks.example.org wants nothing any more.`, `2 messages to ops could not be delivered.`
    package var troubles: [String] {
        var sentences: [String] = []
        if isResting { sentences.append("\(name) rests\(restingReason.map { ": \($0)" } ?? "").") }
        if dead > 0 {
            let receiver = isCallback ? "callbacks" : name
            sentences.append("\(CountText.format(Int64(dead), "message")) to \(receiver) could not be delivered.")
        }
        return sentences
    }
}
