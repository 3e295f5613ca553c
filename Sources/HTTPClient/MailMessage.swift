/// A mail with a text and an HTML part that say the same.
///
/// What makes one of the parts (`MIME-Version`, `Content-Type`) is added when it is sent; all other fields of the head
/// are the caller's, `From`, `To`, `Date` and `Message-ID` among them (RFC 5322, 3.6).
package struct MailMessage: Sendable {
    /// The envelope's sender, `backups@example.org`: not what stands in the field `From`, and without a display name.
    package var from: String
    /// The envelope's recipients in the same form; never empty.
    package var to: [String]
    /// In ASCII, and unfolded: long ones are folded at their spaces.
    package var headers: [(name: String, value: String)]
    /// Lines end in LF.
    package var text: String
    package var html: String

    package init(
        from: String, to: [String], headers: [(name: String, value: String)], text: String, html: String
    ) {
        self.from = from
        self.to = to
        self.headers = headers
        self.text = text
        self.html = html
    }

    /// Why it must not be sent, or nil: line ends would let a value write headers and commands of its own.
    var complaint: String? {
        if to.isEmpty { return "the mail has no recipient" }
        guard ([from] + to).allSatisfy({ Self.isAddress($0) }) else { return "an address of the mail is malformed" }
        for (name, value) in headers {
            if name.isEmpty || name.utf8.contains(where: { $0 <= 32 || $0 == 58 || $0 >= 127 }) {
                return "the name of one of the mail's headers is malformed"
            }
            if value.utf8.contains(where: { $0 < 32 || $0 >= 127 }) {
                return "the mail's header \(name) holds a character that needs encoding"
            }
        }
        return nil
    }

    private static func isAddress(_ text: String) -> Bool {
        !text.utf8.contains { $0 <= 32 || $0 == 127 || $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: ">") }
            && text.contains("@")
    }

    /// The head's lines for libcurl. RFC 5322 wants lines of at most 78 characters, and ends at 998.
    var headerLines: [String] {
        headers.map { Self.folded("\($0.name): \($0.value)") }
    }

    private static let lineLength = 78

    private static func folded(_ line: String) -> String {
        var whole = ""
        var length = 0
        for word in line.split(separator: " ", omittingEmptySubsequences: false) {
            let count = word.utf8.count
            // Not before the first word of the value, and not so that a line would hold nothing but a space.
            if length > 0 && !word.isEmpty && !whole.hasSuffix(":") && length + 1 + count > lineLength {
                whole += "\r\n \(word)"
                length = 1 + count
            } else {
                if !whole.isEmpty { whole += " " }
                whole += word
                length += 1 + count
            }
        }
        return whole
    }
}
