import Model
import SQLite

/// Writes a table's rows as statements, and takes the table's NOT NULL away for as long as its rows violate it.
struct SQLTableWriter: RowFormat {
    private let layout: TableLayout
    private var statements: SQLRowWriter
    private let object: Manifest.SchemaObject?
    /// The table's text while its rows come.
    private let text: SQLText?
    /// Whether that is not the table's own text.
    private let isRewritten: Bool
    private let schemaTexts: SchemaTexts
    private let sqlLimit: Int
    private let generatesNull: Bool
    private var notNull: NotNullWatch
    private var row: Int64

    /// - Parameters:
    ///   - object: The table's entry in the schema; nil for SQLite's own tables.
    ///   - written: The text with which the dump has made the table; nil for its own.
    ///   - sqlLimit: Bytes of the longest statement that SQLite takes.
    ///   - resumed: How far an earlier process came.
    ///   - generatesNull: Whether a generated column that refuses NULL has one, or may have one.
    init(
        _ layout: TableLayout, _ statements: SQLRowWriter, object: Manifest.SchemaObject?, written: SQLText?,
        schemaTexts: SchemaTexts, sqlLimit: Int, resuming resumed: ReadingState.Table?, generatesNull: Bool
    ) {
        self.layout = layout
        self.statements = statements
        self.object = object
        text = written ?? object?.sql
        isRewritten = written != nil
        self.schemaTexts = schemaTexts
        self.sqlLimit = sqlLimit
        self.generatesNull = generatesNull
        notNull = NotNullWatch(layout, wasViolated: resumed?.lacksNotNull ?? false)
        row = resumed?.rows ?? 0
    }

    mutating func begin(_ output: inout DumpOutput) throws {
        if generatesNull { try relax(&output) }
    }

    @inline(__always)
    mutating func write(
        _ values: RowBlock.Values, to output: inout DumpOutput
    ) throws {
        var bound = 8
        var violates = false
        for index in 0..<values.count {
            bound += SQLRowWriter.bound(values[index])
            if notNull.isViolated(by: values[index], at: index) { violates = true }
        }
        if violates { try relax(&output) }
        if bound > sqlLimit { try checkSize(values) }
        try statements.write(values, bound: bound, to: &output)
        row += 1
    }

    mutating func endChunk(_ output: inout DumpOutput) throws {
        try statements.end(&output)
    }

    mutating func end(_ output: inout DumpOutput) throws {
        guard notNull.wasViolated || isRewritten, let object else { return }
        try schemaTexts.set(object, to: object.sql, &output)
    }

    func note(in table: inout ReadingState.Table) {
        table.lacksNotNull = notNull.wasViolated
    }

    @inline(never)
    private mutating func relax(_ output: inout DumpOutput) throws {
        guard notNull.isFirst(), let object, let text else { return }
        try statements.end(&output)
        try schemaTexts.set(object, to: NotNull.removed(from: text), &output)
    }

    /// SQLite takes no statement of more than a billion bytes.
    private func checkSize(_ values: RowBlock.Values) throws {
        let size = values.reduce(0) { $0 + SQLRowWriter.length($1) }
        guard size > sqlLimit - DumpOutput.blockSize else { return }
        throw NightjarError(
            .io,
            "row \(CountText.format(row + 1)) of table \(layout.name) makes \(SizeText.format(Int64(size))) of SQL; SQLite reads "
                + "statements of at most \(SizeText.format(Int64(sqlLimit)))",
            hint:
                "Set `format: csv` or `format: json` for this database: there rows are no statements, and have no such "
                + "limit. Or leave the table out with `exclude: [\(layout.name)]` until that row is smaller, and save it by "
                + "other means.")
    }
}
