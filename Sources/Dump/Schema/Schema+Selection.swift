import Model

extension Schema {
    /// What an export takes of a schema.
    package struct Selection: Sendable {
        package let entries: [Entry]
        /// Tables that a pattern leaves out, with the pattern.
        package let excluded: [Manifest.Excluded]
    }

    /// Leaves out the tables that a pattern names and what belongs to them: their indexes and triggers, but not views,
    /// which are no less true.
    /// - Parameter kept: Folded names of tables that no pattern leaves out.
    package func selection(excluding patterns: [Glob], keeping kept: Set<SQLText> = []) -> Selection {
        var names: Set<SQLText> = []
        var excluded: [Manifest.Excluded] = []
        for entry in entries where entry.object.type == "table" {
            let name = entry.object.name
            // Without its own tables SQLite would make them anew, with other rows.
            if name.hasPrefixIgnoringCase("sqlite_") || kept.contains(name.folded) { continue }
            guard let pattern = patterns.first(where: { $0.matches(name) }) else { continue }
            if names.insert(name.folded).inserted {
                excluded.append(.init(name: name, pattern: pattern.pattern))
            }
            guard case .virtualTable = entry.kind else { continue }
            // The tables in which a virtual table keeps its data go with it.
            for shadow in tables where shadow.isShadow && !kept.contains(shadow.name.folded) {
                guard shadow.name.hasPrefixIgnoringCase("\(name)_"), names.insert(shadow.name.folded).inserted else {
                    continue
                }
                excluded.append(.init(name: shadow.name, pattern: pattern.pattern))
            }
        }
        return Selection(
            entries: entries.filter { $0.object.type == "view" || !names.contains($0.object.table.folded) },
            excluded: excluded)
    }
}
