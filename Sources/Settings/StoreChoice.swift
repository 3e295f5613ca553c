/// Which stores a database's backups go to.
struct StoreChoice {
    /// All stores that the files speak of, also those with complaints of their own.
    let names: [String]
    /// Those that could be read.
    let stores: [StoreSettings]
    /// Whether all files could be read; otherwise a name that is not known may still be right.
    let isComplete: Bool
    /// What `defaults:` says.
    let standard: NodeReader?

    /// Complains once about a store under `defaults:` that does not exist, whether a database asks for it or not.
    func checkDefault() {
        guard let standard else { return }
        _ = check(standard)
    }

    /// The database's own choice, else the default's, else the only store there is; nil after a complaint.
    func stores(for database: NodeReader, naming own: NodeReader?) -> [String]? {
        if let own { return check(own) }
        if let standard { return check(standard) }
        guard isComplete else { return nil }
        if names.count == 1 { return names }
        database.complain(
            "`\(database.key)`: does not say which store to use, and there are several: \(Wording.choice(names))",
            hint:
                "write `store: …` here or under `defaults`; `store: [\(names.joined(separator: ", "))]` for all of them",
            at: database.keyMark)
        return nil
    }

    /// One name, or a list of them.
    private func check(_ reader: NodeReader) -> [String]? {
        guard let items = reader.oneOrMore("a store's name, or a list of them") else { return nil }
        var chosen: [String] = []
        for item in items {
            guard let name = known(item) else { return nil }
            guard !chosen.contains(name) else {
                item.complain("`\(reader.key)`: \(Wording.quote(name)) stands there twice")
                return nil
            }
            if let twin = chosen.first(where: { areSamePlace($0, name) }) {
                item.complain(
                    "`\(reader.key)`: \(Wording.quote(twin)) and \(Wording.quote(name)) are the same place",
                    hint: "two names of one place keep one copy, not two")
                return nil
            }
            chosen.append(name)
        }
        return chosen
    }

    private func areSamePlace(_ name: String, _ other: String) -> Bool {
        guard let first = stores.first(where: { $0.name == name }),
            let second = stores.first(where: { $0.name == other })
        else { return false }
        return first.isSamePlace(as: second)
    }

    private func known(_ reader: NodeReader) -> String? {
        guard let name = reader.text("a store's name") else { return nil }
        guard names.contains(name) else {
            guard isComplete else { return nil }
            reader.complain(
                "there is no store \(Wording.quote(name))",
                hint: Wording.hint(
                    for: name, among: names, otherwise: "there is \(names.map { "`\($0)`" }.joined(separator: ", "))"))
            return nil
        }
        return name
    }
}
