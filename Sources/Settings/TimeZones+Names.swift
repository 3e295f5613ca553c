/// The names of all zones, for those who mistyped one.
extension TimeZones {
    /// What to do about a name that no zone has.
    func hint(for name: String) -> String {
        let names = self.names()
        if names.contains(name) { return "it is one of the old names: apt-get install tzdata-legacy" }
        let word = String(name.map { $0 == " " ? "_" : $0 })
        let city = names.first { Self.city(of: $0) == word.lowercased() }
        if let meant = city ?? Suggestion.nearest(to: word, among: names) { return "did you mean `\(meant)`?" }
        return "the names are the paths below \(files.folder), such as Europe/Berlin"
    }

    /// From the first of the lists that is there; empty where there is none.
    private func names() -> [String] {
        let compiled = lines(of: "tzdata.zi").compactMap { Self.compiledName($0) }
        guard compiled.isEmpty else { return compiled }
        for list in ["zone1970.tab", "zone.tab"] {
            let found = lines(of: list).compactMap { Self.tableName($0) }
            if !found.isEmpty { return found }
        }
        return []
    }

    private func lines(of list: String) -> [Substring] {
        do throws(FileContents.Problem) {
            let bytes = try FileContents(path: "\(files.folder)/\(list)", limit: 4 << 20).bytes
            return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        } catch {
            return []
        }
    }

    /// `Z NAME …` is a zone, `L TARGET NAME` another name of one (zic(8)).
    private static func compiledName(_ line: Substring) -> String? {
        let words = line.split(separator: " ")
        if words.count >= 2, words[0] == "Z" { return String(words[1]) }
        if words.count == 3, words[0] == "L" { return String(words[2]) }
        return nil
    }

    /// Countries, coordinates, name, comments, with tabs between them.
    private static func tableName(_ line: Substring) -> String? {
        let columns = line.split(separator: "\t")
        guard columns.count >= 3, !line.hasPrefix("#") else { return nil }
        return String(columns[2])
    }

    /// `berlin` of `Europe/Berlin`, nil for a name without a continent.
    private static func city(of name: String) -> String? {
        let segments = name.split(separator: "/")
        return segments.count > 1 ? segments.last?.lowercased() : nil
    }
}
