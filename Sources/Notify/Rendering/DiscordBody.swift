import Model

/// A message for a webhook of Discord's (<https://discord.com/developers/docs/resources/webhook#execute-webhook>).
///
/// Title and safety are the message itself, which telephones show; the rest is an embed, with a colour that says how bad
/// it is.
package enum DiscordBody {
    /// In characters: <https://discord.com/developers/docs/resources/message#embed-object-embed-limits>.
    private static let longestContent = 2000
    private static let longestDescription = 4096

    package static func json(_ notice: Notice) -> String {
        let title = "**\(escaped(notice.title, 500))**"
        let safety = notice.safety.map { escaped($0, 1000) }
        let content = [title, safety].compactMap { $0 }.joined(separator: "\n")
        let link = notice.link ?? ""
        let body = Notice.paragraphs([notice.details.joined(separator: "\n")], notice.lists)
        let room = longestDescription - link.utf8.count - 2
        let description = [room > 0 ? escaped(body, room) : "", link].filter { !$0.isEmpty }.joined(separator: "\n\n")
        let embed = Embed(
            description: description.isEmpty ? nil : description, color: color(of: notice), timestamp: notice.at,
            footer: Footer(text: "Nightjar on \(notice.host)"))
        return PayloadJSON.text(Message(content: MessageText.cut(content, to: longestContent), embeds: [embed]))
    }

    private static func color(of notice: Notice) -> Int {
        switch notice.meaning {
        case .problem: 0xA01020
        case .recovery, .good: 0x14633A
        }
    }

    /// What Markdown would make something else of, mentions and names of channels among it.
    private static func escaped(_ text: String, _ limit: Int) -> String {
        MessageText.cut(text, to: limit) { scalar in
            switch scalar {
            case "\\", "*", "_", "~", "`", "|", "<", ">", "#", "[", "]": "\\\(scalar)"
            default: nil
            }
        }
    }

    private struct Message: Encodable {
        let content: String
        let embeds: [Embed]
        let allowedMentions = Mentions()

        private enum CodingKeys: String, CodingKey {
            case content
            case embeds
            case allowedMentions = "allowed_mentions"
        }
    }

    /// Nobody is called by a message, whatever stands in it.
    private struct Mentions: Encodable {
        let parse: [String] = []
    }

    private struct Embed: Encodable {
        let description: String?
        let color: Int
        let timestamp: Timestamp
        let footer: Footer
    }

    private struct Footer: Encodable {
        let text: String
    }
}
