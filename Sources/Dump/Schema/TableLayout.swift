import Model

/// What has to be known of a table to read its rows and to write them down.
package struct TableLayout: Sendable {
    package struct Column: Sendable {
        package let name: SQLText
        let affinity: Affinity
        /// Whether its declaration refuses NULL.
        let isNotNull: Bool

        /// Whether no text that is stored in it becomes a number.
        package var keepsText: Bool { affinity == .text || affinity == .blob }
    }

    package let name: SQLText
    /// The columns that are stored; generated ones are left out.
    package private(set) var columns: [Column]
    package let isWithoutRowid: Bool
    /// The name by which the rowid is read and written, where the dump has to carry it: in every rowid table that has no
    /// INTEGER PRIMARY KEY, unless columns shadow all three names.
    package private(set) var rowidName: String?
    /// The position among `columns` of the INTEGER PRIMARY KEY that is the rowid itself.
    package let integerPrimaryKey: Int?
    /// Whether a virtual table keeps its data in it.
    package let isShadow: Bool
    /// The columns that are computed from others.
    private(set) var generated: [Column]
    /// Those of them whose values are stored.
    package private(set) var storedGenerated: [SQLText]

    package var carriesRowid: Bool { rowidName != nil }
    package var hasGeneratedColumns: Bool { !generated.isEmpty }
    /// Generated ones included.
    package var columnCount: Int { columns.count + generated.count }

    /// The table as one whose rowid nobody reads or writes.
    package var withoutRowid: TableLayout {
        var layout = self
        layout.rowidName = nil
        return layout
    }

    /// The table with these columns behind the others, in the order in which they are.
    /// - Parameter names: Folded.
    package func movingBehind(_ names: Set<SQLText>) -> TableLayout {
        var layout = self
        layout.columns =
            columns.filter { !names.contains($0.name.folded) } + columns.filter { names.contains($0.name.folded) }
        return layout
    }

    /// The table while generated columns of it are ordinary ones, which are read and written behind all others.
    /// - Parameter names: Folded.
    func carrying(_ names: Set<SQLText>) -> TableLayout {
        var layout = self
        layout.columns += generated.filter { names.contains($0.name.folded) }
        layout.generated.removeAll { names.contains($0.name.folded) }
        layout.storedGenerated.removeAll { names.contains($0.folded) }
        return layout
    }
}
