import Model
import YAML

/// One entry of `notify:`, and where it stands.
struct ChannelEntry {
    let reader: NodeReader
    let settings: ChannelSettings

    /// Notes what is no mistake, but may not be meant.
    ///
    /// - Parameter databases: the names of all that there are now.
    func note(_ databases: [String]) {
        noteUnknown(databases)
        if case .healthchecks(let url) = settings.kind {
            // Every channel wants it, so that the names alone decide.
            noteShared(databases.filter { settings.wants(.notifyTest, of: $0) }, url.value)
        }
    }

    /// Names and patterns in which nothing is found: a channel that waits for a mistyped name is silent for ever.
    private func noteUnknown(_ databases: [String]) {
        guard let list = reader.peek("databases"), !databases.isEmpty else { return }
        for item in list.oneOrMore("") ?? [] {
            guard let word = item.text("") else { continue }
            let glob = Glob(word)
            guard !databases.contains(where: { glob.matches(SQLText($0)) }) else { continue }
            let nearest = PathPattern.isPattern(word) ? nil : Wording.hint(for: word, among: databases)
            let hint = nearest.map { " — \($0)" } ?? ""
            reader.context.note(
                item.file, item.node.mark,
                "the channel \(settings.name) waits for a database \(Wording.quote(item.node.text ?? "")), and there is"
                    + " none now\(hint)")
        }
    }

    /// Databases that share a check: the success of one hides the failure of the other.
    private func noteShared(_ databases: [String], _ url: String) {
        guard let place = reader.peek("healthchecks"), databases.count > 1 else { return }
        guard url.contains(HealthcheckSlug.placeholder) else {
            reader.context.note(
                place.file, place.node.mark,
                "the channel \(settings.name) has one check for \(databases.count) databases, and the success of one"
                    + " hides the failure of another: put \(HealthcheckSlug.placeholder) into its URL, or name one under"
                    + " `databases`")
            return
        }
        let slugs = Dictionary(grouping: databases) { HealthcheckSlug.of($0) }
        for (slug, names) in slugs.sorted(by: { $0.key < $1.key }) where names.count > 1 {
            reader.context.note(
                place.file, place.node.mark,
                "the databases \(names.map { Wording.quote($0) }.joined(separator: ", ")) share the check"
                    + " \(Wording.quote(slug)) of the channel \(settings.name), and the success of one hides the failure"
                    + " of another: rename one of them")
        }
    }
}
