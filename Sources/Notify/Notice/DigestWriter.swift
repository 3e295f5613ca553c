import Model

/// Gathers good news into one message: first how all databases are, then what happened.
package enum DigestWriter {
    /// So many events stand in it one by one, the newest.
    package static let entries = 50
    private static let standingLines = 50
    private static let namesInALine = 8
    /// In bytes of UTF-8.
    private static let longestLine = 200
    private static let longestAdvice = 800

    /// - Parameters:
    ///   - held: what waited for it, the newest first.
    ///   - count: how many waited, also those that are not in `held` any more.
    ///   - publicURL: what the appliance's pages begin with; empty where nobody could open them.
    package static func notice(
        held: [Notice], count: Int, standing: DigestStanding, host: String, publicURL: String, at: Timestamp
    ) -> Notice {
        let total = max(count, held.count)
        let words = standing.advice.isEmpty ? nil : MessageText.line(standing.advice, limit: longestAdvice)
        let lines = standing.lines.map { MessageText.line($0, limit: longestLine) }
        var stands = Array(lines.prefix(standingLines))
        let others = Int64(lines.count - stands.count)
        if others > 0 { stands.append("and \(CountText.format(others)) more") }
        return Notice(
            event: held.first?.event ?? 0, kind: held.first?.kind ?? .backupCompleted, at: at,
            host: MessageText.line(host, limit: 100),
            text: withoutFullStop(MessageText.line(standing.headline, limit: longestLine)),
            safety: standing.isProtected ? words.map { MessageText.sentence($0) } : nil,
            advice: standing.isProtected ? nil : words ?? "See what is wrong: nightjar status",
            link: Notice.link("/", publicURL: publicURL), digest: held.prefix(entries).map { entry($0) },
            digestCount: total, standing: stands, happened: happened(held, total))
    }

    /// Without what the digest says once for all.
    private static func entry(_ notice: Notice) -> Notice {
        var entry = notice
        entry.text = MessageText.cut(notice.text, to: longestLine)
        entry.since = nil
        entry.safety = nil
        entry.advice = nil
        entry.link = nil
        return entry
    }

    /// `Backup completed 12 times: blog, crm, shop.`
    private static func happened(_ held: [Notice], _ total: Int) -> [String] {
        var lines = EventKind.allCases.compactMap { kind -> String? in
            let alike = held.filter { $0.kind == kind }
            if alike.isEmpty { return nil }
            let isOwn = kind == .applianceStarted || kind == .applianceStopped
            let words = isOwn ? "Nightjar \(EventWords.title(of: kind))" : EventWords.title(of: kind)
            let times = alike.count == 1 ? "" : " \(CountText.format(Int64(alike.count))) times"
            let names = Set(alike.compactMap { $0.database }).sorted()
            return MessageText.sentence("\(words)\(times)\(list(names))")
        }
        if total > held.count {
            lines.append("\(CountText.format(Int64(total - held.count), "earlier event")) not counted above.")
        }
        return lines.isEmpty ? ["Nothing new."] : lines
    }

    private static func list(_ names: [String]) -> String {
        if names.isEmpty { return "" }
        let others = names.count - namesInALine
        let shown = names.prefix(namesInALine).joined(separator: ", ")
        return ": \(shown)\(others > 0 ? " and \(CountText.format(Int64(others))) more" : "")"
    }

    private static func withoutFullStop(_ text: String) -> String {
        text.hasSuffix(".") ? String(text.dropLast()) : text
    }
}
