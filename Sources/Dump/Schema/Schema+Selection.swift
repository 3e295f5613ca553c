import Model

extension Schema {
    /// What an export takes of a schema.
    package struct Selection: Sendable {
        package let entries: [Entry]
        /// Tables that a pattern leaves out, with the pattern.
        package let excluded: [Manifest.Excluded]
    }

    /// What has to be known of a table to tell whether a pattern leaves it out.
    package struct Candidate: Sendable {
        package let name: SQLText
        package let isVirtual: Bool
        /// Whether a virtual table keeps its data in it.
        package let isShadow: Bool

        package init(name: SQLText, isVirtual: Bool, isShadow: Bool) {
            self.name = name
            self.isVirtual = isVirtual
            self.isShadow = isShadow
        }
    }

    /// Leaves out the tables that a pattern names and what belongs to them: their indexes and triggers, but not views,
    /// which are no less true. Of a pattern that leaves out all tables but some, these and their indexes are left:
    /// anything else may need the others.
    /// - Parameter kept: Folded names of tables that no pattern leaves out.
    package func selection(excluding patterns: [Glob], keeping kept: Set<SQLText> = []) -> Selection {
        let candidates = entries.compactMap { entry -> Candidate? in
            switch entry.kind {
            case .table(let layout):
                Candidate(name: entry.object.name, isVirtual: false, isShadow: layout.isShadow)
            case .virtualTable: Candidate(name: entry.object.name, isVirtual: true, isShadow: false)
            case .view, .index, .trigger: nil
            }
        }
        let leftOut = Self.leftOut(of: candidates, by: patterns, keeping: kept)
        var selected = entries.filter { !$0.object.belongs(toOneOf: leftOut.names) }
        if let only = patterns.lazy.compactMap(\.exceptions).first {
            selected.removeAll { entry in
                !["table", "index"].contains(entry.object.type) || !only.contains(entry.object.table.folded)
            }
        }
        return Selection(entries: selected, excluded: leftOut.excluded)
    }

    /// The tables that a pattern names, and those in which a virtual table among them keeps its data.
    /// - Parameter kept: Folded names of tables that no pattern leaves out.
    /// - Returns: Their folded names, and what a manifest says of them.
    package static func leftOut(
        of tables: [Candidate], by patterns: [Glob], keeping kept: Set<SQLText> = []
    ) -> (names: Set<SQLText>, excluded: [Manifest.Excluded]) {
        var names: Set<SQLText> = []
        var excluded: [Manifest.Excluded] = []
        for table in tables {
            // Without its own tables SQLite would make them anew, with other rows.
            if table.name.hasPrefixIgnoringCase("sqlite_") || kept.contains(table.name.folded) { continue }
            guard let pattern = patterns.first(where: { $0.matches(table.name) }) else { continue }
            if names.insert(table.name.folded).inserted {
                excluded.append(.init(name: table.name, pattern: pattern.pattern))
            }
            guard table.isVirtual else { continue }
            // The tables in which a virtual table keeps its data go with it.
            for shadow in tables where shadow.isShadow && !kept.contains(shadow.name.folded) {
                guard shadow.name.hasPrefixIgnoringCase("\(table.name)_"), names.insert(shadow.name.folded).inserted
                else { continue }
                excluded.append(.init(name: shadow.name, pattern: pattern.pattern))
            }
        }
        return (names, excluded)
    }
}

extension Manifest.SchemaObject {
    /// Whether it is one of the tables, or an index or trigger of one; views are not.
    /// - Parameter tables: Folded names.
    package func belongs(toOneOf tables: Set<SQLText>) -> Bool { type != "view" && tables.contains(table.folded) }
}
