import Model

/// A message to a topic of ntfy's: the body as plain text, the rest in header fields
/// (<https://docs.ntfy.sh/publish/#list-of-all-parameters>).
package struct NtfyMessage: Sendable, Equatable {
    /// In bytes: what is longer becomes an attachment (<https://docs.ntfy.sh/publish/#limitations>).
    package static let bodyLimit = 4096

    /// In ASCII, as a header field can carry it (RFC 2047).
    package let title: String
    /// 1 to 5; 3 is usual, 4 makes itself heard.
    package let priority: Int
    /// Names of signs, separated by commas (<https://docs.ntfy.sh/emojis/>).
    package let tags: String
    /// What a tap on it opens.
    package let click: String?
    package let body: String

    package init(_ notice: Notice) {
        title = EncodedWord.encode(notice.title)
        priority = notice.meaning == .problem ? (notice.isDigest ? 3 : 4) : notice.meaning == .recovery ? 3 : 2
        tags = notice.meaning == .problem ? "warning" : "white_check_mark"
        click = notice.link
        body = notice.plainText(limit: Self.bodyLimit, withTitle: false)
    }

    package var headers: [(name: String, value: String)] {
        var headers = [
            (name: "Title", value: title), (name: "Priority", value: "\(priority)"), (name: "Tags", value: tags),
        ]
        if let click { headers.append((name: "Click", value: click)) }
        return headers
    }
}
