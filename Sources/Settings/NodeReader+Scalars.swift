import Model
import YAML

/// What single values can be.
extension NodeReader {
    /// A whole number in a range.
    func integer(in range: ClosedRange<Int>) -> Int? {
        let what = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        guard let text = self.text(what) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            complainExpected(what)
            return nil
        }
        return value
    }

    /// A duration in a range; `spelled` says the range in a configuration's words.
    func duration(in range: ClosedRange<Duration>, spelled: String) -> Duration? {
        guard let text = self.text("a duration such as 25s") else { return nil }
        guard let value = DurationText.parse(text) else {
            complainExpected("a duration such as 25s", hint: "units are ms, s, m, h and d")
            return nil
        }
        guard range.contains(value) else {
            complainExpected("a duration from \(spelled)")
            return nil
        }
        return value
    }

    /// A number of bytes in a range; `spelled` says the range in a configuration's words.
    func size(in range: ClosedRange<Int64>, spelled: String) -> Int64? {
        guard let text = self.text("a size such as 8MiB") else { return nil }
        guard let value = SizeText.parse(text) else {
            complainExpected("a size such as 8MiB", hint: "units are B, KiB, MiB, GiB, TiB, KB, MB, GB and TB")
            return nil
        }
        guard range.contains(value) else {
            complainExpected("a size from \(spelled)")
            return nil
        }
        return value
    }

    /// Bytes a second: a size, with or without `/s`.
    func rate(atLeast minimum: Int64, spelled: String) -> Int64? {
        guard let text = self.text("a rate such as 10MiB/s") else { return nil }
        let size = text.hasSuffix("/s") ? String(text.dropLast(2)) : text
        guard let value = SizeText.parse(size) else {
            complainExpected("a rate such as 10MiB/s")
            return nil
        }
        guard value >= minimum else {
            complainExpected("a rate of at least \(spelled)")
            return nil
        }
        return value
    }

    /// One of some words.
    func choice(among names: [String]) -> String? {
        let what = Wording.choice(names)
        guard let text = self.text(what) else { return nil }
        guard names.contains(text) else {
            complainExpected(what, hint: Wording.hint(for: text, among: names))
            return nil
        }
        return text
    }

    /// One case of an enumeration, by its raw value.
    func choice<Choice: RawRepresentable & CaseIterable>(_ type: Choice.Type) -> Choice?
    where Choice.RawValue == String {
        choice(among: type.allCases.map { $0.rawValue }).flatMap { Choice(rawValue: $0) }
    }

    /// `true` or `false`.
    func boolean() -> Bool? {
        choice(among: ["true", "false"]).map { $0 == "true" }
    }

    /// A path; a relative one is taken from the file's folder.
    func path() -> String? {
        self.text("a path").map { FilePath.resolve($0, in: folder) }
    }

    /// A name that a person gives to an entry of a list.
    func entryName(of noun: String) -> String? {
        guard let name = self.text("a \(noun)'s name") else { return nil }
        guard EntryName.isValid(name) else {
            complain("\(Wording.quote(node.text ?? "")) cannot be the name of a \(noun)", hint: EntryName.rule)
            return nil
        }
        return name
    }

    /// Whether the entry's own key can be the name of a database or a store.
    ///
    /// - Parameter sample: what is judged in the key's place: a name that the key stands for.
    func hasValidName(of noun: String, judging sample: String? = nil) -> Bool {
        let isValid = EntryName.isValid(sample ?? key)
        if !isValid {
            complain("\(Wording.quote(key)) cannot be the name of a \(noun)", hint: EntryName.rule, at: keyMark)
        }
        return isValid
    }
}
