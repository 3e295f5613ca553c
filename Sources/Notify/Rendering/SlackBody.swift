/// A message for an incoming webhook of Slack's, or of what understands the same.
///
/// `text` is what a telephone shows of it, and all that Mattermost and others show, so that it holds everything; Slack
/// itself shows the blocks (<https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks>).
package enum SlackBody {
    /// Of one section, in characters (<https://docs.slack.dev/reference/block-kit/blocks/section-block>).
    private static let longestBlock = 3000
    /// Of `text`; Slack asks for no more than 4,000 characters (<https://docs.slack.dev/reference/methods/chat.postMessage>).
    private static let longestText = 3500

    package static func json(_ notice: Notice) -> String {
        let title = "*\(escaped(notice.title, longestBlock))*"
        let footer = escaped(notice.footer, longestBlock)
        let end = notice.link.map { "<\(escaped($0, longestBlock))|Open in Nightjar> · \(footer)" } ?? footer
        let body = Notice.paragraphs([notice.sentences.joined(separator: "\n")], notice.lists)
        let text = [title, escaped(body, longestText), end].filter { !$0.isEmpty }.joined(separator: "\n")
        var blocks = [section([title, notice.safety.map { escaped($0, 1000) }])]
        let facts = [notice.what, notice.sinceSentence].compactMap { $0 }.joined(separator: "\n")
        blocks.append(section([escaped(facts, longestBlock)]))
        blocks.append(section([notice.advice.map { escaped($0, longestBlock) }]))
        for list in notice.lists {
            let lines = list.shown.map { "• \($0)" }.joined(separator: "\n")
            blocks.append(section(["*\(list.heading)*", escaped(lines, longestBlock - 100)]))
        }
        blocks.append(Block(type: "context", elements: [Text(text: end)]))
        return PayloadJSON.text(Message(text: text, blocks: blocks.filter { !$0.isEmpty }))
    }

    /// The three characters by which links, mentions and entities are told from text
    /// (<https://docs.slack.dev/messaging/formatting-message-text#escaping>).
    private static func escaped(_ text: String, _ limit: Int) -> String {
        MessageText.cut(text, to: limit) { scalar in
            switch scalar {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            default: nil
            }
        }
    }

    private static func section(_ lines: [String?]) -> Block {
        let text = lines.compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: "\n")
        return Block(type: "section", text: Text(text: text))
    }

    private struct Message: Encodable {
        let text: String
        let blocks: [Block]
    }

    private struct Block: Encodable {
        let type: String
        var text: Text?
        var elements: [Text]?

        var isEmpty: Bool { (text?.text ?? elements?.first?.text ?? "").isEmpty }
    }

    private struct Text: Encodable {
        let type = "mrkdwn"
        let text: String
        /// Names of channels and people in plain words stay plain words.
        let verbatim = true
    }
}
