import Glibc

/// One entry under `databases:` whose `sqlite` is a pattern: each file that it matches is a database of its own.
package struct DatabasePattern: Sendable, Equatable {
    /// The entry's key.
    package var name: NameTemplate
    /// An absolute path with wildcards (glob(7)).
    package var glob: String
    /// What holds for each of the databases but for names and paths, which here are the template and the pattern.
    package var settings: DatabaseSettings
    /// `file:line:column` of the entry's key.
    package var place: String

    package init(name: NameTemplate, glob: String, settings: DatabaseSettings, place: String) {
        self.name = name
        self.glob = glob
        self.settings = settings
        self.place = place
    }

    /// The database in one of the files.
    func database(named name: String, at path: String) -> DatabaseSettings {
        var database = settings
        database.name = name
        database.source = .sqlite(path: path)
        database.pattern = glob
        return database
    }

    /// The regular files that match now, sorted, without those that SQLite keeps beside a database; links count as
    /// what they lead to. The notes say what could not be looked at, and that nothing was found.
    ///
    /// - Parameter awaited: paths that count as there, those that match.
    func files(awaiting awaited: Set<String> = []) -> (paths: [String], notes: [String]) {
        var notes: [String] = []
        let found = PathPattern.matches(of: glob)
        if !found.isComplete {
            notes.append("\(place): a folder of the pattern \(glob) cannot be read, and files in it are not found")
        }
        if found.unreadableNames > 0 {
            notes.append(
                "\(place): the pattern \(glob) leaves out files whose names are not text in UTF-8:"
                    + " \(found.unreadableNames)")
        }
        var paths: [String] = []
        for path in found.paths where !Self.isSideFile(path) {
            var status = stat()
            if stat(path, &status) == 0 {
                if status.st_mode & S_IFMT == S_IFREG { paths.append(path) }
            } else if errno != ENOENT && errno != ENOTDIR && errno != ELOOP {
                let reason = String(cString: strerror(errno))
                notes.append("\(place): \(Wording.path(path)) cannot be looked at: \(reason)")
            }
        }
        let absent = awaited.subtracting(paths).filter { PathPattern.isMatch($0, of: glob) && !Self.isSideFile($0) }
        if !absent.isEmpty { paths = (paths + absent).sorted() }
        if paths.isEmpty { notes.append("\(place): no file matches the pattern \(glob)") }
        return (paths, notes)
    }

    /// https://www.sqlite.org/tempfiles.html
    private static func isSideFile(_ path: String) -> Bool {
        ["-wal", "-shm", "-journal"].contains { path.hasSuffix($0) }
    }
}
