import Model

extension Notice {
    /// In bytes of UTF-8.
    private static let longestTitle = 200

    /// What happened to what, on one line: `shop: backup failed`.
    package var title: String {
        let words = isDigest ? text : EventWords.title(of: kind)
        let subject = isDigest ? nil : database
        return MessageText.line("\(subject ?? "Nightjar on \(host)"): \(words)", limit: Self.longestTitle)
    }

    /// What it means for safety, what happened, since when, and what to do, in this order: who reads no further than the
    /// first one knows whether it can wait.
    package var sentences: [String] {
        [safety, what, sinceSentence, advice].compactMap { $0 }
    }

    /// All but what it means for safety.
    var details: [String] {
        [what, sinceSentence, advice].compactMap { $0 }
    }

    /// What happened, in full; nil where the title says it.
    var what: String? {
        isDigest || text.isEmpty ? nil : MessageText.sentence(text, keeping: database)
    }

    var sinceSentence: String? {
        guard let since else { return nil }
        let words = "since \(MessageText.time(since)), for \(AgeText.length(from: since, to: at))."
        switch kind {
        case .backupFailed, .backupOverdue: return "Backups have failed \(words)"
        default: return "It has been so \(words)"
        }
    }

    /// What a digest lists; empty for other messages.
    var lists: [NoticeList] {
        [NoticeList("How the databases are", standing ?? []), NoticeList("What happened", happened ?? [])]
            .filter { !$0.lines.isEmpty }
    }

    /// Who says it, and when it was so.
    var footer: String { "Nightjar on \(host), \(MessageText.time(at))" }

    /// The whole as plain text; ends without a line's end.
    package var plainText: String { self.plainText(limit: .max) }

    /// The same in so many bytes of UTF-8 at the most: lists become shorter first, the rest only after them.
    /// - Parameter withTitle: false where the title is shown elsewhere.
    package func plainText(limit: Int, withTitle: Bool = true) -> String {
        var lists = self.lists
        let end = [link, footer].compactMap { $0 }.joined(separator: "\n")
        while true {
            let body = Self.paragraphs([withTitle ? title : "", sentences.joined(separator: "\n")], lists)
            let text = body.isEmpty ? end : "\(body)\n\n\(end)"
            if text.utf8.count <= limit { return text }
            if lists.shorten() { continue }
            let room = limit - end.utf8.count - 2
            return room > 0 ? "\(MessageText.cut(body, to: room))\n\n\(end)" : MessageText.cut(body, to: limit)
        }
    }

    /// With an empty line between them.
    static func paragraphs(_ texts: [String], _ lists: [NoticeList]) -> String {
        let listed = lists.map { list in
            (["\(list.heading):"] + list.shown.map { "• \($0)" }).joined(separator: "\n")
        }
        return (texts + listed).filter { !$0.isEmpty }.joined(separator: "\n\n")
    }
}
