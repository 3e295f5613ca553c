import Model

extension NotificationsOverview {
    /// What somebody has to look at, a sentence each: channels that rest, and messages that were given up.
    package var troubles: [String] { channels.flatMap(\.troubles) }
}

extension NotificationsOverview.Channel {
    /// Whether nothing is sent on it until somebody wakes it.
    package var isResting: Bool { restingSince != nil }

    /// `ops rests: hooks.example.org wants nothing any more.`, `2 messages to ops could not be delivered.`
    package var troubles: [String] {
        var sentences: [String] = []
        if isResting { sentences.append("\(name) rests\(restingReason.map { ": \($0)" } ?? "").") }
        if dead > 0 {
            let receiver = kind == "callback" ? "callbacks" : name
            sentences.append("\(CountText.format(Int64(dead), "message")) to \(receiver) could not be delivered.")
        }
        return sentences
    }
}
