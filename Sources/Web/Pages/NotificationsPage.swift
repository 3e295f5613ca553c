import Appliance
import Model

/// How the messages to people and programs fare: each channel, what waits, and what was given up.
struct NotificationsPage {
    let frame: PageFrame
    let standing: BadgeView
    let summary: String
    let isTroubled: Bool
    let troubles: [TroubleView]
    let hasChannels: Bool
    let channels: [ChannelRow]
    let waiting: MessageTable?
    let dead: MessageTable?
    /// Whether the viewer has buttons.
    let mayAct: Bool

    /// - Parameter samples: what came of the last sample on each channel.
    init(
        _ overview: NotificationsOverview, samples: [String: SampleResults.Entry] = [:], now: Timestamp, viewer: Viewer
    ) {
        channels = overview.channels.map { ChannelRow($0, sample: samples[$0.name], now: now, viewer: viewer) }
        hasChannels = !channels.isEmpty
        troubles = overview.channels.filter { !$0.troubles.isEmpty }.map { channel in
            TroubleView(channel.troubles.joined(separator: " "), hint: Self.hint(channel))
        }
        isTroubled = !troubles.isEmpty
        standing =
            isTroubled
            ? BadgeView("Trouble", symbol: "i-alarm", tone: .bad)
            : hasChannels
                ? BadgeView("All well", symbol: "i-good", tone: .good)
                : BadgeView("None", symbol: "i-empty", tone: .calm)
        summary = Self.summary(overview)
        waiting = MessageTable(
            "What waits", id: "waiting", total: overview.channels.reduce(0) { $0 + $1.pending }, overview.waiting,
            areDead: false, now: now, viewer: viewer)
        dead = MessageTable(
            "What did not arrive", id: "dead", total: overview.channels.reduce(0) { $0 + $1.dead }, overview.dead,
            areDead: true, now: now, viewer: viewer)
        mayAct = viewer.scope >= .admin
        frame = PageFrame(
            title: isTroubled ? "Notifications: trouble" : "Notifications",
            tone: Tone(rawValue: standing.tone) ?? .calm, viewer: viewer, now: now, isNotifications: true)
    }

    private static func summary(_ overview: NotificationsOverview) -> String {
        guard !overview.channels.isEmpty else { return "Nobody is told of anything." }
        let waiting = overview.channels.reduce(0) { $0 + $1.pending }
        let held = overview.channels.reduce(0) { $0 + $1.held }
        var sentences = [
            waiting == 0
                ? "No message waits."
                : "\(CountText.format(Int64(waiting), "message")) \(waiting == 1 ? "waits" : "wait") to be delivered."
        ]
        if held > 0 { sentences.append("\(CountText.format(Int64(held), "message")) will come in a digest.") }
        return sentences.joined(separator: " ")
    }

    private static func hint(_ channel: NotificationsOverview.Channel) -> String {
        let command = "nightjar notify retry \(channel.name)"
        if channel.isRemoved {
            return "It is configured no longer. Forget its messages below; or put it back, and then: \(command)"
        }
        return channel.isResting
            ? "Mend its address in the configuration; or where it is right as it is: \(command)"
            : "When its receiver is well again: \(command)"
    }

    /// `notifications`
    static let template = """
        {{>head}}
        <div class="wrap detail">
        <nav class="crumbs" aria-label="Where you are"><ol><li><a href="/">All databases</a></li>\
        <li aria-current="page">Notifications</li></ol></nav>
        <div class="title"><h1>Notifications</h1> {{#standing}}{{>badge}}{{/standing}}</div>
        <p class="advice">{{summary}}</p>
        {{>troubles}}
        {{#hasChannels}}
        <section>
        <h2 id="channels-title">Channels</h2>
        <div class="scroll" role="region" aria-labelledby="channels-title" tabindex="0">
        <table>
        <thead><tr><th scope="col">Channel</th><th scope="col">State</th><th scope="col">Told of</th>\
        <th scope="col" class="number">Waiting</th><th scope="col" class="number">For the digest</th>\
        <th scope="col" class="number">Given up</th><th scope="col">Last delivered</th>\
        {{#mayAct}}<th scope="col">Do</th>{{/mayAct}}</tr></thead>
        <tbody>
        {{#channels}}
        {{>channel-row}}
        {{/channels}}
        </tbody>
        </table>
        </div>
        </section>
        {{/hasChannels}}
        {{^hasChannels}}
        <p class="nothing">No channel is configured. Add one under <code>notify:</code> in nightjar.yaml; \
        <code>nightjar notify test</code> says whether it works.</p>
        {{/hasChannels}}
        {{#dead}}
        {{>message-table}}
        {{/dead}}
        {{#waiting}}
        {{>message-table}}
        {{/waiting}}
        </div>
        {{>foot}}
        """
}

extension BadgeView {
    init(_ channel: NotificationsOverview.Channel) {
        if channel.isResting {
            self.init("Rests", symbol: "i-stopped", tone: .bad)
        } else if channel.dead > 0 {
            self.init("Gave messages up", symbol: "i-failed", tone: .bad)
        } else if channel.pending > 0, channel.lastError != nil {
            self.init("Tries again", symbol: "i-unproved", tone: .warn)
        } else if channel.pending > 0 {
            self.init("Sending", symbol: "i-running", tone: .calm)
        } else if channel.lastDelivered != nil {
            self.init("Delivers", symbol: "i-good", tone: .good)
        } else {
            self.init("Nothing sent yet", symbol: "i-empty", tone: .calm)
        }
    }
}
