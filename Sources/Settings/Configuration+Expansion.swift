extension Configuration {
    /// All databases as of now: those that have entries of their own, in the order of the files, then those that the
    /// patterns find, pattern by pattern and sorted by their paths. Looks at folders, never into databases.
    ///
    /// A database of its own goes before a found file with its name or its path, and an earlier pattern before a later
    /// one. What is left out for such a reason, or for its name, is told in the notes and stops nobody else's backups.
    ///
    /// - Parameters:
    ///   - known: paths by names of databases. Of several files that would have one name, the one that has it already
    ///     keeps it; otherwise the first one gets it.
    ///   - awaited: paths that count as there although they may not be.
    /// - Returns: the databases, and one line for each thing worth knowing, beginning with its `file:line:column`.
    package func expand(
        keeping known: [String: String] = [:], awaiting awaited: Set<String> = []
    ) -> (databases: [DatabaseSettings], notes: [String]) {
        var notes: [String] = []
        var candidates: [Candidate] = []
        for pattern in patterns {
            let found = pattern.files(awaiting: awaited)
            notes += found.notes
            for path in found.paths {
                let name = pattern.name.name(of: path)
                if EntryName.isValid(name) {
                    candidates.append(Candidate(pattern: pattern, path: path, name: name))
                } else {
                    notes.append(
                        "\(pattern.place): \(Wording.path(path)) is not backed up: \(Wording.quote(name)) cannot be the"
                            + " name of a database — \(EntryName.rule); or give the file an entry of its own")
                }
            }
        }

        var expanded = explicitDatabases
        var nameOfPath = Dictionary(
            explicitDatabases.compactMap { database in database.sqlitePath.map { ($0, database.name) } },
            uniquingKeysWith: { first, _ in first })
        // What is no file has a name all the same, and no path that a found file could have.
        var pathOfName = Dictionary(
            explicitDatabases.map { ($0.name, $0.sqlitePath ?? $0.shownSource) },
            uniquingKeysWith: { first, _ in first })
        var seen = Set(nameOfPath.keys)
        for candidate in candidates where seen.insert(candidate.path).inserted {
            if known[candidate.name] == candidate.path, pathOfName[candidate.name] == nil {
                pathOfName[candidate.name] = candidate.path
            }
        }
        for candidate in candidates {
            let (path, name) = (candidate.path, candidate.name)
            if let owner = nameOfPath[path] {
                notes.append(
                    "\(candidate.place) is left to the database \(Wording.quote(owner)), which has it already")
            } else if let other = pathOfName[name], other != path {
                notes.append(
                    "\(candidate.place) is not backed up: the name \(Wording.quote(name)) belongs to"
                        + " \(Wording.path(other)) — put both {dir} and {stem} into the pattern's name, or give the"
                        + " file an entry of its own")
            } else {
                nameOfPath[path] = name
                pathOfName[name] = path
                expanded.append(candidate.pattern.database(named: name, at: path))
            }
        }
        return (expanded, notes)
    }
}

/// A file that a pattern found, with a valid name.
private struct Candidate {
    let pattern: DatabasePattern
    let path: String
    let name: String

    /// What a note about it begins with.
    var place: String { "\(pattern.place): \(Wording.path(path))" }
}
