import Glibc

/// Paths with wildcards, as glob(3) and glob(7) have them.
enum PathPattern {
    /// What a pattern matches now.
    struct Matches {
        /// Sorted, without doubled slashes.
        var paths: [String] = []
        /// Whether every folder on the way could be read; a missing one holds no match.
        var isComplete = true
        /// The number of paths that are left out since they are no text.
        var unreadableNames = 0
    }

    static func isPattern(_ path: String) -> Bool {
        path.unicodeScalars.contains { $0 == "*" || $0 == "?" || $0 == "[" }
    }

    /// `pattern` itself when it is absolute, otherwise the pattern in `folder`, whose own name matches nothing else.
    static func absolute(_ pattern: String, in folder: String) -> String {
        FilePath.resolve(pattern, in: escaped(folder))
    }

    /// Whether an absolute pattern matches a path, be there such a file or not: fnmatch(3), by the rules of `matches`.
    static func isMatch(_ path: String, of pattern: String) -> Bool {
        fnmatch(pattern, path, FNM_PATHNAME | FNM_PERIOD) == 0
    }

    /// The existing paths that an absolute pattern matches.
    static func matches(of pattern: String) -> Matches {
        if let matches = search(pattern, stopsAtErrors: true) { return matches }
        var matches = search(pattern, stopsAtErrors: false) ?? Matches()
        matches.isComplete = false
        return matches
    }

    /// Nil after an error.
    private static func search(_ pattern: String, stopsAtErrors: Bool) -> Matches? {
        var found = glob_t()
        defer { globfree(&found) }
        let result: Int32
        if stopsAtErrors {
            result = glob(pattern, 0, { _, number in number == ENOENT || number == ENOTDIR ? 0 : 1 }, &found)
        } else {
            result = glob(pattern, 0, nil, &found)
        }
        guard result == 0 else { return result == GLOB_NOMATCH ? Matches() : nil }
        var matches = Matches()
        for index in 0..<Int(found.gl_pathc) {
            guard let bytes = found.gl_pathv[index] else { continue }
            if let path = String(validatingCString: bytes) {
                matches.paths.append(FilePath.absolute(path))
            } else {
                matches.unreadableNames += 1
            }
        }
        matches.paths.sort()
        return matches
    }

    private static func escaped(_ folder: String) -> String {
        var text = String.UnicodeScalarView()
        for scalar in folder.unicodeScalars {
            if scalar == "*" || scalar == "?" || scalar == "[" || scalar == "\\" { text.append("\\") }
            text.append(scalar)
        }
        return String(text)
    }
}
