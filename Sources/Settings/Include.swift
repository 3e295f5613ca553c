/// `include:` names further files by their paths or by patterns (glob(7)), relative to the main file's folder.
enum Include {
    private static let sections = ["stores", "databases", "notify"]

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
                        "a mapping with `stores`, `databases` and `notify`", keys: sections,
                        unknownHint: "an included file may hold only `stores`, `databases` and `notify`")
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
        guard PathPattern.isPattern(pattern) else { return [FilePath.resolve(pattern, in: item.folder)] }
        let found = PathPattern.matches(of: PathPattern.absolute(pattern, in: item.folder))
        guard found.isComplete else {
            item.complain("`include`: a folder of the pattern \(Wording.quote(pattern)) cannot be read")
            return []
        }
        if found.unreadableNames > 0 {
            item.complain(
                "`include`: the pattern \(Wording.quote(pattern)) matches files whose names are not text in UTF-8")
        }
        return found.paths
    }
}
