/// Which store a database's backups go to.
struct StoreChoice {
    /// All stores that the files speak of, also those with complaints of their own.
    let names: [String]
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
    func store(for database: NodeReader, naming own: NodeReader?) -> String? {
        if let own { return check(own) }
        if let standard { return check(standard) }
        guard isComplete else { return nil }
        if names.count == 1 { return names.first }
        database.complain(
            "`\(database.key)`: does not say which store to use, and there are several: \(Wording.choice(names))",
            hint: "write `store: …` here or under `defaults`", at: database.keyMark)
        return nil
    }

    private func check(_ reader: NodeReader) -> String? {
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
