import YAML

/// Lists and mappings.
extension NodeReader {
    /// The items of a list; each keeps this value's key as its name in complaints.
    func list(_ what: String) -> [NodeReader]? {
        guard case .sequence(let items) = node.kind else {
            complainExpected(what)
            return nil
        }
        return items.map { NodeReader(node: $0, key: key, keyMark: keyMark, file: file, context: context) }
    }

    /// The items of a list that is not empty, or this value itself where it is no list.
    func oneOrMore(_ what: String) -> [NodeReader]? {
        guard case .sequence(let items) = node.kind else { return [self] }
        guard !items.isEmpty else {
            complain("`\(key)`: expected \(what), found an empty list")
            return nil
        }
        return list(what)
    }

    /// The entries of a mapping with keys of the person's own choice, in the order of the file; of a key that comes
    /// twice the first counts.
    func entries(_ what: String) -> [NodeReader]? {
        guard case .mapping(let pairs) = node.kind else {
            complainExpected(what)
            return nil
        }
        var first: [String: YAMLMark] = [:]
        var entries: [NodeReader] = []
        for pair in pairs {
            let entry = child(pair)
            if let mark = first[entry.key] {
                complain(
                    "duplicate key \(Wording.quote(entry.key)); the first one is at line \(mark.line)",
                    at: pair.key.mark)
                continue
            }
            first[entry.key] = pair.key.mark
            entries.append(entry)
        }
        return entries
    }

    /// A mapping with a fixed set of keys. Every other key is a complaint.
    func mapping(_ what: String, keys: [String], unknownHint: String? = nil) -> MappingReader? {
        guard let entries = self.entries(what) else { return nil }
        let known = Set(keys)
        for entry in entries where !known.contains(entry.key) {
            let hint = Wording.hint(
                for: entry.key, among: keys, otherwise: unknownHint ?? "known here: \(keys.joined(separator: ", "))")
            complain("unknown key \(Wording.quote(entry.key))", hint: hint, at: entry.keyMark)
        }
        return MappingReader(owner: self, entries: entries.filter { known.contains($0.key) })
    }

    /// The only entry of a mapping that must have exactly one of some keys.
    func onlyEntry(_ what: String, keys: [String]) -> NodeReader? {
        guard let mapping = self.mapping(what, keys: keys), case .mapping(let pairs) = node.kind else { return nil }
        if pairs.count == 1 { return mapping.entries.first }
        if mapping.entries.count == pairs.count {
            complain("`\(key)`: expected exactly one of \(Wording.choice(keys)), found \(pairs.count)")
        }
        return nil
    }

    /// The value of a key, without any complaint.
    func peek(_ key: String) -> NodeReader? {
        guard case .mapping(let pairs) = node.kind else { return nil }
        return pairs.first { $0.key.text == key }.map { child($0) }
    }

    private func child(_ pair: YAMLNode.Pair) -> NodeReader {
        NodeReader(node: pair.value, key: pair.key.text ?? "", keyMark: pair.key.mark, file: file, context: context)
    }
}
