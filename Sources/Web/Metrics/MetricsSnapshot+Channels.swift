import Appliance
import Model

extension MetricsSnapshot {
    var channelFamilies: [MetricFamily] {
        let callbacks = CallbackChannel.name
        // From the beginning, so that the first one is an increase.
        var messages: [[String]: Int64] = [[callbacks, "pending"]: 0, [callbacks, "dead"]: 0]
        var resting: [[String]: Int64] = [:]
        for channel in channels {
            messages[[channel.name, "pending"]] = Int64(channel.pending)
            messages[[channel.name, "dead"]] = Int64(channel.dead)
            guard channel.name != callbacks else { continue }
            messages[[channel.name, "held"]] = Int64(channel.held)
            resting[[channel.name]] = channel.isResting ? 1 : 0
        }
        return [
            MetricFamily(
                "nightjar_notifications",
                "Messages that wait (pending), wait for a digest (held) or were given up (dead).", .gauge,
                ["channel", "state"], messages),
            MetricFamily(
                "nightjar_channel_resting", "Whether nothing is sent because the receiver wants nothing any more.",
                .gauge, ["channel"], resting),
        ]
    }
}
