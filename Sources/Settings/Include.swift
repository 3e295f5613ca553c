import Glibc

/// `include:` names further files by their paths or by patterns (glob(7)), relative to the main file's folder.
enum Include {
    private static let sections = ["stores", "databases"]

    /// The mappings of all included files, each file once: in the order of the list, and sorted within a pattern.
    static func files(_ reader: NodeReader, besides main: FileContents.Identity) -> [MappingReader] {
        var seen: Set<FileContents.Identity> = [main]
        var mappings: [MappingReader] = []
        for item in reader.list("a list of files such as [\"conf.d/*.yaml\"]") ?? [] {
            for path in paths(item) {
                do throws(FileContents.Problem) {
                    let contents = try FileContents(path: path, limit: ConfigurationFile.limit)
                    guard seen.insert(contents.identity).inserted else { continue }
                    let root = ConfigurationFile.root(of: contents, path: path, context: reader.context)
                    let mapping = root?.mapping(
                        "a mapping with `stores` and `databases`", keys: sections,
                        unknownHint: "an included file may hold only `stores` and `databases`")
                    if let mapping { mappings.append(mapping) }
                } catch {
                    reader.context.lacksNames = true
                    item.complain("the included file \(path) \(error.text)")
                }
            }
        }
        return mappings
    }

    /// A path stands for itself, whether it exists or not; a pattern for what it matches now.
    private static func paths(_ item: NodeReader) -> [String] {
        guard let pattern = item.text("a path or a pattern such as \"conf.d/*.yaml\"") else { return [] }
        guard pattern.unicodeScalars.contains(where: { $0 == "*" || $0 == "?" || $0 == "[" }) else {
            return [FilePath.resolve(pattern, in: item.folder)]
        }
        let whole = pattern.hasPrefix("/") ? pattern : "\(escaped(item.folder))/\(pattern)"
        guard let found = matches(of: whole) else {
            item.complain("`include`: a folder of the pattern \(Wording.quote(pattern)) cannot be read")
            return []
        }
        return found.sorted().map { FilePath.absolute($0) }
    }

    /// The existing paths that match; nil when a folder on the way cannot be read. A missing folder holds no match.
    private static func matches(of pattern: String) -> [String]? {
        var found = glob_t()
        let result = glob(pattern, 0, { _, number in number == ENOENT || number == ENOTDIR ? 0 : 1 }, &found)
        defer { globfree(&found) }
        guard result == 0 else { return result == GLOB_NOMATCH ? [] : nil }
        var paths: [String] = []
        for index in 0..<Int(found.gl_pathc) {
            if let path = found.gl_pathv[index] { paths.append(String(cString: path)) }
        }
        return paths
    }

    /// A folder's name as a pattern that matches nothing else.
    private static func escaped(_ folder: String) -> String {
        var text = String.UnicodeScalarView()
        for scalar in folder.unicodeScalars {
            if scalar == "*" || scalar == "?" || scalar == "[" || scalar == "\\" { text.append("\\") }
            text.append(scalar)
        }
        return String(text)
    }
}
