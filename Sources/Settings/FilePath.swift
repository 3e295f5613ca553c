import Glibc

/// Paths as text. Symbolic links are left to the kernel, and so is `..`.
enum FilePath {
    /// The absolute form of a path that a person gave on the command line.
    static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/") else { return normalized(path) }
        guard let current = getcwd(nil, 0) else { return path }
        defer { free(current) }
        return resolve(path, in: String(cString: current))
    }

    /// `path` itself when it is absolute, otherwise `path` in `folder`.
    static func resolve(_ path: String, in folder: String) -> String {
        normalized(path.hasPrefix("/") ? path : "\(folder)/\(path)")
    }

    /// The folder that holds a file; `path` is absolute.
    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    /// Without doubled slashes, single dots and a trailing slash.
    private static func normalized(_ path: String) -> String {
        let segments = path.split(separator: "/").filter { $0 != "." }
        return "/" + segments.joined(separator: "/")
    }
}
