import Appliance
import Model

/// Messages that wait, or that were given up.
struct MessageTable {
    let heading: String
    /// Of the heading's element.
    let headingID: String
    /// `The newest 50 of 213.`; nil where all are here.
    let share: String?
    let messages: [MessageRow]
    /// Whether there is something to press for each.
    let isActionable: Bool
    /// Whether they are tried again by themselves.
    let isTried: Bool

    /// - Parameters:
    ///   - total: how many there are, with those that are not listed.
    ///   - areDead: whether they were given up.
    /// - Returns: nil where there are none.
    init?(
        _ heading: String, id: String, total: Int, _ messages: [NotificationsOverview.Message], areDead: Bool,
        now: Timestamp, viewer: Viewer
    ) {
        guard !messages.isEmpty else { return nil }
        self.heading = heading
        headingID = "\(id)-title"
        let count = CountText.format(Int64(messages.count))
        share =
            total > messages.count
            ? "The \(areDead ? "newest" : "oldest") \(count) of \(CountText.format(Int64(total)))." : nil
        self.messages = messages.map { MessageRow($0, isDead: areDead, now: now, viewer: viewer) }
        isActionable = areDead && viewer.scope >= .admin
        isTried = !areDead
    }

    /// `message-table`
    static let template = """
        <section>
        <h2 id="{{headingID}}">{{heading}}</h2>
        {{#share}}<p class="quiet">{{.}}</p>{{/share}}
        <div class="scroll" role="region" aria-labelledby="{{headingID}}" tabindex="0">
        <table class="names">
        <thead><tr><th scope="col">Message</th><th scope="col">Channel</th><th scope="col">Made (UTC)</th>\
        <th scope="col" class="number">Attempts</th><th scope="col">Last error</th>\
        {{#isTried}}<th scope="col">Next try</th>{{/isTried}}{{#isActionable}}<th scope="col">Do</th>{{/isActionable}}\
        </tr></thead>
        <tbody>
        {{#messages}}
        <tr><th scope="row">{{messageTitle}} <span class="clock">{{messageKind}}</span></th><td>{{messageChannel}}</td>\
        <td>{{#messageAt}}{{>instant}}{{/messageAt}}</td><td class="number">{{attemptCount}}</td>\
        <td class="reason line-text">{{messageError}}</td>\
        {{#isWaiting}}<td>{{#triedAt}}{{>age}}{{/triedAt}}{{^triedAt}}when its turn comes{{/triedAt}}</td>{{/isWaiting}}\
        {{#hasForms}}<td><div class="buttons">{{#messageForms}}{{>form}}{{/messageForms}}</div></td>{{/hasForms}}</tr>
        {{/messages}}
        </tbody>
        </table>
        </div>
        </section>
        """
}

/// A message in a list.
struct MessageRow {
    let messageTitle: String
    let messageKind: String
    let messageChannel: String
    let messageAt: MomentView
    let attemptCount: String
    let messageError: String?
    let isWaiting: Bool
    let triedAt: MomentView?
    let hasForms: Bool
    let messageForms: [FormView]

    init(_ message: NotificationsOverview.Message, isDead: Bool, now: Timestamp, viewer: Viewer) {
        messageTitle = message.title
        messageKind = message.kind
        messageChannel = message.channel
        messageAt = MomentView(message.createdAt, now: now)
        attemptCount = CountText.format(Int64(message.attempts))
        messageError = message.lastError
        isWaiting = !isDead
        triedAt = message.nextTry.map { MomentView($0, now: now) }
        let path = "/notifications/\(message.id)"
        let subject = "message \(message.id) to \(message.channel)"
        messageForms =
            isDead
            ? [
                viewer.form("\(path)/retry", "Try again", subject: subject),
                viewer.form("\(path)/drop", "Forget", subject: subject),
            ].compactMap { $0 } : []
        hasForms = !messageForms.isEmpty
    }
}
