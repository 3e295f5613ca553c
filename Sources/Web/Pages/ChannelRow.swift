import Appliance
import Model

/// A channel in the list of the page of the notifications.
struct ChannelRow {
    let channelName: String
    /// `webhook, hooks.example.org`
    let channelPlace: String
    let channelState: BadgeView
    /// Why the last attempt failed.
    let channelError: String?
    let nextTry: MomentView?
    /// `problems`, and of which databases.
    let told: String
    let digest: String?
    let pendingCount: String
    let heldCount: String
    let deadCount: String
    let delivered: MomentView?
    /// What came of the last sample.
    let sample: String?
    let sampledAt: MomentView?
    let hasButtons: Bool
    let forms: [FormView]

    init(_ channel: NotificationsOverview.Channel, sample: SampleResults.Entry?, now: Timestamp, viewer: Viewer) {
        channelName = channel.name
        channelPlace = channel.host.isEmpty ? channel.kind : "\(channel.kind), \(channel.host)"
        channelState = BadgeView(channel)
        channelError = channel.isResting ? nil : channel.lastError
        nextTry = channel.lastError == nil ? nil : channel.nextTry.map { MomentView($0, now: now) }
        told =
            channel.databases.isEmpty
            ? channel.events : "\(channel.events) of \(channel.databases.joined(separator: ", "))"
        digest = channel.digest
        pendingCount = CountText.format(Int64(channel.pending))
        heldCount = CountText.format(Int64(channel.held))
        deadCount = CountText.format(Int64(channel.dead))
        delivered = channel.lastDelivered.map { MomentView($0, now: now) }
        self.sample = sample.map { entry in
            entry.result.isDelivered ? "Sample delivered" : "Sample not delivered: \(entry.result.words)"
        }
        sampledAt = sample.map { MomentView($0.at, now: now) }
        let path = PathText.channel(channel.name)
        let subject = "channel \(channel.name)"
        // Callbacks have no receiver of their own whom a sample could go to.
        let hasReceiver = !channel.isCallback && !channel.isRemoved
        forms = [
            hasReceiver ? viewer.form("\(path)/test", "Send a sample", subject: subject) : nil,
            channel.isResting ? viewer.form("\(path)/wake", "Wake", subject: subject) : nil,
            channel.dead > 0 && !channel.isRemoved
                ? viewer.form("\(path)/retry", "Try all again", subject: subject) : nil,
        ].compactMap { $0 }
        hasButtons = viewer.scope >= .admin
    }

    /// `channel-row`
    static let template = """
        <tr><th scope="row">{{channelName}} <span class="clock">{{channelPlace}}</span></th>\
        <td>{{#channelState}}{{>badge}}{{/channelState}}{{#channelError}} <span class="line-text">{{.}}</span>{{/channelError}}\
        {{#nextTry}} <span class="clock">next try {{>age}}</span>{{/nextTry}}\
        {{#sample}}<span class="clock line-text">{{.}} {{#sampledAt}}{{>age}}{{/sampledAt}}</span>{{/sample}}</td>\
        <td>{{told}}{{#digest}} <span class="clock">good news in a digest, {{.}}</span>{{/digest}}</td>\
        <td class="number">{{pendingCount}}</td><td class="number">{{heldCount}}</td>\
        <td class="number">{{deadCount}}</td><td>{{#delivered}}{{>age}}{{/delivered}}{{^delivered}}never{{/delivered}}</td>\
        {{#hasButtons}}<td><div class="buttons">{{#forms}}{{>form}}{{/forms}}</div></td>{{/hasButtons}}</tr>
        """
}
