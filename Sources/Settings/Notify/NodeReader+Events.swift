import Model
import YAML

/// Which events a channel is told of.
extension NodeReader {
    /// All that can be chosen: whoever tries a channel out reaches it in any case.
    private static let eventNames = EventKind.allCases.filter { $0 != .notifyTest }.map { $0.rawValue }
    /// `backup.*`, `*.failed` and their kin, for those who mistyped one.
    private static let eventPatterns = eventNames.flatMap { name -> [String] in
        let words = name.split(separator: ".")
        return words.count == 2 ? ["\(words[0]).*", "*.\(words[1])"] : []
    }

    /// `problems`, `all`, or names and patterns of events.
    func eventChoice() -> EventChoice? {
        let what = "problems, all, or a list of events such as [backup.failed, \"verification.*\"]"
        guard let items = oneOrMore(what) else { return nil }
        let words = items.compactMap { $0.eventWord(what) }
        guard words.count == items.count else { return nil }
        if words == ["problems"] { return .problems }
        if words == ["all"] { return .all }
        return .matching(words.flatMap { Self.patterns(of: $0) })
    }

    /// `problems` and `all` may stand in a list, too.
    private static func patterns(of word: String) -> [String] {
        let choice: EventChoice
        switch word {
        case "problems": choice = .problems
        case "all": choice = .all
        default: return [word]
        }
        return EventKind.allCases.filter { $0 != .notifyTest && choice.contains($0) }.map { $0.rawValue }
    }

    private func eventWord(_ what: String) -> String? {
        guard let word = self.text(what) else { return nil }
        if ["problems", "all"].contains(word) { return word }
        let glob = Glob(word)
        guard Self.eventNames.contains(where: { glob.matches(SQLText($0)) }) else {
            complain(
                "`\(key)`: there is no event \(Wording.quote(node.text ?? ""))",
                hint: Wording.hint(
                    for: word, among: ["problems", "all"] + Self.eventNames + Self.eventPatterns,
                    otherwise: "there are \(Self.eventNames.joined(separator: ", "))"))
            return nil
        }
        return word
    }
}
