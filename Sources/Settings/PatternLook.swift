import Glibc

/// What the patterns of a configuration find when somebody looks again.
package struct PatternLook: Sendable, Equatable {
    /// All databases, those with entries of their own as well.
    package let databases: [DatabaseSettings]
    /// One line for each thing worth knowing.
    package let notes: [String]
    /// Paths of files that this look missed for the first time; their databases are among `databases` still.
    package let missing: Set<String>
    /// Paths of files that the look before missed, too: they are gone.
    package let gone: Set<String>

    /// Whether a configuration has other databases.
    package func changesDatabases(of configuration: Configuration) -> Bool {
        !databases.elementsEqual(configuration.databases) { left, right in
            left.name == right.name && left.source == right.source && left.pattern == right.pattern
        }
    }
}

extension Configuration {
    /// Looks into the folders of the patterns once more.
    ///
    /// Files keep the names that they have. One that is missing is gone only when the next look misses it, too: an
    /// application may be about to replace it. A folder that cannot be read says nothing about the files in it, which stay;
    /// and so do all files of a pattern that finds none of several any more: their disk is away, and backups that fail are
    /// louder than backups that are not tried.
    ///
    /// - Parameters:
    ///   - known: the databases so far, also of an earlier configuration.
    ///   - missing: what the look before missed.
    package func look(after known: [DatabaseSettings], missing earlier: Set<String>) -> PatternLook {
        let found = known.filter { $0.pattern != nil }
        let paths = Dictionary(
            found.compactMap { database in database.sqlitePath.map { (database.name, $0) } },
            uniquingKeysWith: { first, _ in first })
        let (databases, notes) = expand(keeping: paths)
        let unseen = Set(paths.values).subtracting(databases.compactMap(\.sqlitePath))
        guard !unseen.isEmpty else { return PatternLook(databases: databases, notes: notes, missing: [], gone: []) }
        let absent = unseen.filter { Self.isAbsent($0) }
        let (lost, lostNotes) = Self.lostTogether(found, absent)
        let gone = absent.intersection(earlier).subtracting(lost)
        let again = expand(keeping: paths, awaiting: unseen.subtracting(gone))
        let missing = absent.subtracting(gone).intersection(again.databases.compactMap(\.sqlitePath))
        return PatternLook(databases: again.databases, notes: again.notes + lostNotes, missing: missing, gone: gone)
    }

    /// - Returns: The paths of patterns of whose files, more than one, none is there any more; and a line for each.
    private static func lostTogether(
        _ databases: [DatabaseSettings], _ absent: Set<String>
    ) -> (paths: Set<String>, notes: [String]) {
        var paths: Set<String> = []
        var notes: [String] = []
        let patterns = Dictionary(grouping: databases, by: { $0.pattern ?? "" }).sorted(by: { $0.key < $1.key })
        for (pattern, found) in patterns {
            let files = found.compactMap(\.sqlitePath)
            guard files.count > 1, absent.isSuperset(of: files) else { continue }
            paths.formUnion(files)
            notes.append(
                "none of the \(files.count) files of \(pattern) is there any more: is their disk mounted? They are tried, "
                    + "and fail, until one is there again or the daemon is restarted")
        }
        return (paths, notes)
    }

    /// The same configuration with what a look has found.
    package func with(_ look: PatternLook) -> Configuration {
        var configuration = self
        configuration.databases = look.databases
        configuration.patternNotes = look.notes
        return configuration
    }

    /// Whether there is surely no regular file.
    private static func isAbsent(_ path: String) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else { return [ENOENT, ENOTDIR, ELOOP].contains(errno) }
        return status.st_mode & S_IFMT != S_IFREG
    }
}
