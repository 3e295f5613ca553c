import Model
import Pipeline
import SQLite

/// Writes a database as the SQL text of docs/dump-format.md, chunk by chunk.
struct SQLDumpWriter {
    struct Options {
        var chunkRows: Int
        var breathing: Breathing
        var exclude: [Glob]
    }

    /// What the dump turned out to hold.
    struct Result: Sendable {
        var tables: [Manifest.TableRecord] = []
        var schema: [Manifest.SchemaObject] = []
        var excluded: [Manifest.Excluded] = []
        var notes: [String] = []
    }

    /// A chunk ends after this much text, however few rows it has.
    private static let chunkBytes = 1 << 20

    private let database: Database
    private let schema: Schema
    private let options: Options
    private var output: SQLOutput
    private let encoding: TextEncoding
    private let texts: TextLiteral
    private let reals: RealLiteral
    private let probe: AffinityProbe
    private let returns: CarriageReturns
    private let columnLimit: Int
    private let sqlLimit: Int
    private let cancellation: Cancellation
    private let progress: RunProgress
    private var breather: Breather
    private var result = Result()

    init(
        _ database: Database, options: Options, output: SQLOutput, cancellation: Cancellation,
        progress: RunProgress
    ) throws {
        self.database = database
        self.options = options
        self.output = output
        self.cancellation = cancellation
        self.progress = progress
        schema = try Schema(reading: database)
        encoding = try TextEncoding(of: database)
        texts = TextLiteral(encoding: encoding)
        reals = try RealLiteral()
        probe = try AffinityProbe(encoding)
        returns = CarriageReturns(schema)
        columnLimit = database.limit(.columns)
        sqlLimit = database.limit(.sqlLength)
        breather = Breather(work: options.breathing.work, pause: options.breathing.pause)
    }

    mutating func write() throws -> Result {
        var kept: [Schema.Entry] = []
        let dropped = excludedTables()
        for entry in schema.entries {
            if dropped.contains(entry.object.table.folded) && entry.object.type != "view" { continue }
            kept.append(entry)
        }
        result.schema = kept.map(\.object)
        try writeHead()
        try writeTables(kept)
        try writeSystemTables(kept)
        for type in ["virtual", "view", "index", "trigger"] {
            for entry in kept where entry.kind.label == type { try writeObject(entry) }
        }
        try returns.restore(to: &output)
        try writeTail(isEmpty: kept.isEmpty)
        return result
    }

    /// Ends the stream, after the source has turned out to be sound.
    mutating func finish() throws {
        try output.finish()
    }

    // MARK: Head and tail

    private mutating func writeHead() throws {
        try output.append("PRAGMA foreign_keys=OFF;\n")
        try output.append(text: "PRAGMA encoding='\(encoding.pragmaValue)';\n")
        try output.append(text: "PRAGMA page_size=\(try database.integer("PRAGMA page_size") ?? 4096);\n")
        try output.append(text: "PRAGMA auto_vacuum=\(try database.integer("PRAGMA auto_vacuum") ?? 0);\n")
        try output.append("PRAGMA ignore_check_constraints=ON;\nBEGIN TRANSACTION;\n")
    }

    private mutating func writeTail(isEmpty: Bool) throws {
        // Without a table SQLite does not write the encoding down; a source of no bytes needs none of it.
        let hasPages = try database.integer("PRAGMA page_count") ?? 0 > 0
        if isEmpty && hasPages { try output.append("CREATE TABLE nightjar_empty(a);DROP TABLE nightjar_empty;\n") }
        let version = try database.integer("PRAGMA user_version") ?? 0
        let application = try database.integer("PRAGMA application_id") ?? 0
        if version != 0 || hasPages { try output.append(text: "PRAGMA user_version=\(version);\n") }
        if application != 0 { try output.append(text: "PRAGMA application_id=\(application);\n") }
        try output.append("COMMIT;\nPRAGMA ignore_check_constraints=OFF;\n")
    }

    // MARK: Tables

    private mutating func excludedTables() -> Set<SQLText> {
        var names: Set<SQLText> = []
        for entry in schema.entries where entry.object.type == "table" {
            let name = entry.object.name
            // Without its own tables SQLite would make them anew, with other rows.
            if name.hasPrefixIgnoringCase("sqlite_") { continue }
            guard let pattern = options.exclude.first(where: { $0.matches(name) }) else { continue }
            if names.insert(name.folded).inserted {
                result.excluded.append(.init(name: name, pattern: pattern.pattern))
            }
            guard case .virtualTable = entry.kind else { continue }
            // The tables in which a virtual table keeps its data go with it.
            for shadow in schema.tables
            where shadow.isShadow && shadow.name.hasPrefixIgnoringCase("\(name)_") {
                guard names.insert(shadow.name.folded).inserted else { continue }
                result.excluded.append(.init(name: shadow.name, pattern: pattern.pattern))
            }
        }
        return names
    }

    private mutating func writeTables(_ entries: [Schema.Entry]) throws {
        for entry in entries {
            guard case .table(let layout) = entry.kind, !layout.name.hasPrefixIgnoringCase("sqlite_") else { continue }
            let start = output.position
            try writeStatement(entry.object, computes: !layout.generated.isEmpty)
            try writeRows(of: layout, entry.object, from: start)
        }
    }

    /// sqlite_sequence and the tables of ANALYZE: SQLite makes them, only their rows are written.
    private mutating func writeSystemTables(_ entries: [Schema.Entry]) throws {
        let tables = entries.compactMap { entry -> TableLayout? in
            guard case .table(let layout) = entry.kind, layout.name.hasPrefixIgnoringCase("sqlite_") else { return nil }
            return layout
        }
        for layout in tables where layout.name.folded == "sqlite_sequence" {
            let start = output.position
            // SQLite makes the table with the first AUTOINCREMENT; those that had it may be gone, or be left out.
            let name = freeName(in: entries)
            try output.append(text: "CREATE TABLE \(name)(a INTEGER PRIMARY KEY AUTOINCREMENT);DROP TABLE \(name);\n")
            try output.append("DELETE FROM sqlite_sequence;\n")
            try writeRows(of: layout, nil, from: start)
        }
        let statistics = tables.filter { $0.name.hasPrefixIgnoringCase("sqlite_stat") }
        guard !statistics.isEmpty else { return }
        try output.append("ANALYZE sqlite_master;\n")
        // A SQLite with STAT4 makes this one too.
        if !statistics.contains(where: { $0.name.folded == "sqlite_stat4" }) {
            try output.append("DROP TABLE IF EXISTS sqlite_stat4;\n")
        }
        for layout in statistics { try writeRows(of: layout, nil, from: output.position) }
    }

    private func freeName(in entries: [Schema.Entry]) -> String {
        let taken = Set(entries.map { $0.object.name.folded })
        var name = "nightjar_sequence"
        while taken.contains(SQLText(name)) { name += "_" }
        return name
    }

    // MARK: Rows

    /// - Parameter object: The table's entry in the schema, where its text can be changed; nil for SQLite's own tables.
    private mutating func writeRows(
        of layout: TableLayout, _ object: Manifest.SchemaObject?, from start: Int64
    ) throws {
        let reader = try TableReader(layout, in: database)
        let width = reader.width
        let values = UnsafeMutableBufferPointer<Statement.Glance>.allocate(capacity: width)
        values.initialize(repeating: .null)
        defer { values.deallocate() }
        var writer = SQLRowWriter(
            layout, width: width, texts: texts, reals: reals, returns: returns, columnLimit: columnLimit)
        let probe = probe.probing(layout)
        var notNull = NotNullWatch(layout)
        if let object, mayGenerateNull(layout), notNull.isFirst() {
            try setText(of: object, to: NotNull.removed(from: object.sql))
        }
        var digester = RowDigester()
        var digest = TableDigest()
        var digestAfterImport = TableDigest()
        var changedRows: Int64 = 0
        var rows: Int64 = 0
        var chunkStart = output.position
        var rowsInChunk = 0
        var lastRowid: Int64?
        let rowidIndex = reader.rowidIndex
        while try reader.step() {
            var bound = 8
            var mayChange = false
            var violates = false
            digester.begin()
            reader.glance(into: values)
            for index in 0..<width {
                let value = values[index]
                digester.add(value)
                bound += SQLRowWriter.bound(value)
                if probe.mayChange(value, at: index) { mayChange = true }
                if notNull.isViolated(by: value, at: index) { violates = true }
            }
            let hash = digester.finish()
            digest.add(rowHash: hash)
            var hashAfterImport = hash
            if mayChange {
                hashAfterImport = try Self.importedHash(reader, values, probe, &digester)
                if hashAfterImport != hash { changedRows += 1 }
            }
            digestAfterImport.add(rowHash: hashAfterImport)
            if let rowidIndex, case .integer(let rowid) = values[rowidIndex] {
                if let lastRowid, rowid <= lastRowid { throw outOfOrder(layout, rowid) }
                lastRowid = rowid
            }
            if violates, notNull.isFirst(), let object {
                try writer.end(&output)
                try setText(of: object, to: NotNull.removed(from: object.sql))
            }
            if bound > sqlLimit { try checkSize(values, layout, row: rows) }
            try writer.write(values, bound: bound, to: &output)
            rows += 1
            rowsInChunk += 1
            if rowsInChunk >= options.chunkRows || output.position - chunkStart >= Int64(Self.chunkBytes) {
                try writer.end(&output)
                try endChunk(rows: rowsInChunk)
                rowsInChunk = 0
                chunkStart = output.position
            }
        }
        try writer.end(&output)
        if notNull.wasViolated, let object { try setText(of: object, to: object.sql) }
        progress.add(rows: rowsInChunk, position: output.position)
        result.tables.append(
            .init(
                name: layout.name, rows: rows, digest: digest, carriesRowid: layout.carriesRowid,
                isShadow: layout.isShadow, range: .init(offset: start, length: output.position - start),
                changedRows: changedRows,
                digestAfterImport: changedRows > 0 ? digestAfterImport : nil,
                generatedDigest: try GeneratedDigest.compute(of: layout, in: database, cancellation)))
        noteRowid(layout)
        if changedRows > 0 {
            result.notes.append(
                "\(layout.name): \(CountText.format(changedRows, "row")) hold values at odds with their column's type; "
                    + "an import converts them.")
        }
        try output.endChunk(isTableEnd: true)
    }

    /// Whether a generated column that refuses NULL has one, or may have one where functions of the application's are
    /// stood in for.
    private func mayGenerateNull(_ layout: TableLayout) -> Bool {
        let columns = layout.generated.filter { $0.isNotNull }
        guard !columns.isEmpty else { return false }
        // Preparing to write compiles the columns' expressions; it is never run.
        let insert = Array("INSERT INTO ".utf8) + layout.name.quoted + Array(" DEFAULT VALUES".utf8)
        guard (try? database.prepare(insert)) != nil else { return true }
        // IS NULL would be answered from the declaration.
        let conditions = columns.map { Array("typeof(".utf8) + $0.name.quoted + Array(")='null'".utf8) }
        let query =
            Array("SELECT 1 FROM ".utf8) + layout.name.quoted + Array(" NOT INDEXED WHERE ".utf8)
            + conditions.joined(separator: Array(" OR ".utf8)) + Array(" LIMIT 1".utf8)
        guard let statement = try? database.prepare(query), let found = try? statement.step() else { return true }
        return found
    }

    private mutating func noteRowid(_ layout: TableLayout) {
        guard !layout.isWithoutRowid, !layout.carriesRowid, layout.integerPrimaryKey == nil else { return }
        result.notes.append("\(layout.name): columns take all three names of the rowid, which SQL cannot carry then.")
    }

    /// SQLite takes no statement of more than a billion bytes.
    private func checkSize(
        _ values: UnsafeMutableBufferPointer<Statement.Glance>, _ layout: TableLayout, row: Int64
    ) throws {
        let size = values.reduce(0) { $0 + SQLRowWriter.length($1) }
        guard size > sqlLimit - SQLOutput.blockSize else { return }
        throw NightjarError(
            .io,
            "row \(CountText.format(row + 1)) of table \(layout.name) makes \(SizeText.format(Int64(size))) of SQL; SQLite reads "
                + "statements of at most \(SizeText.format(Int64(sqlLimit)))",
            hint:
                "Leave the table out with `exclude: [\(layout.name)]` until that row is smaller, and save it by other means."
        )
    }

    private mutating func setText(of object: Manifest.SchemaObject, to sql: SQLText) throws {
        let text = returns.replacedOutsideLiterals(in: sql) ?? returns.replaced(in: sql)
        try SchemaStatement.setText(of: returns.replaced(in: object), to: text, texts: texts, output: &output)
    }

    /// - Parameter computes: Whether its expressions decide what is stored, or refused, while the dump is imported.
    private mutating func writeStatement(_ object: Manifest.SchemaObject, computes: Bool) throws {
        var sql = returns.replaced(in: object.sql)
        let needsLiterals = computes && returns.replacedOutsideLiterals(in: object.sql) != nil
        // Until its literals are right it has to take what they would refuse.
        if needsLiterals && object.type == "index" { sql = SchemaStatement.withoutUnique(sql) }
        let statement = SchemaStatement(sql)
        try output.append(statement.text)
        if statement.needsRepair || needsLiterals { try setText(of: object, to: object.sql) }
    }

    private mutating func endChunk(rows: Int) throws {
        progress.add(rows: rows, position: output.position)
        try output.endChunk()
        try breather.breathe(cancellation)
    }

    private static func importedHash(
        _ reader: TableReader, _ values: UnsafeMutableBufferPointer<Statement.Glance>, _ probe: AffinityProbe,
        _ digester: inout RowDigester
    ) throws -> UInt128 {
        digester.begin()
        for index in 0..<values.count {
            if probe.mayChange(values[index], at: index) {
                digester.add(copy: try probe.imported(reader.value(at: index), at: index))
            } else {
                digester.add(values[index])
            }
        }
        return digester.finish()
    }

    /// Rows of a sound table lie in the order of their rowids; a page in the wrong place shows here.
    private func outOfOrder(_ layout: TableLayout, _ rowid: Int64) -> SQLiteError {
        SQLiteError(
            code: 11, message: "rowid \(rowid) of table \(layout.name) is out of order", operation: "reading rows")
    }

    // MARK: Other objects

    private mutating func writeObject(_ entry: Schema.Entry) throws {
        if case .virtualTable = entry.kind {
            // Its shadow tables have been written as tables; creating it would make them anew.
            try output.append("PRAGMA writable_schema=ON;\nINSERT INTO sqlite_master(type,name,tbl_name,rootpage,sql)")
            try output.append("VALUES('table',")
            let object = returns.replaced(in: entry.object)
            try texts.write(schema: object.name, to: &output)
            try output.append(",")
            try texts.write(schema: object.table, to: &output)
            try output.append(",0,")
            try texts.write(schema: object.sql, to: &output)
            try output.append(");\nPRAGMA writable_schema=OFF;\n")
        } else {
            try writeStatement(entry.object, computes: entry.kind.label == "index")
        }
        try output.endChunk()
        try cancellation.check()
    }
}

extension Schema.Kind {
    fileprivate var label: String {
        switch self {
        case .table: "table"
        case .virtualTable: "virtual"
        case .view: "view"
        case .index: "index"
        case .trigger: "trigger"
        }
    }
}

/// Notices rows that violate a NOT NULL of their own table.
private struct NotNullWatch {
    private let columns: [Bool]
    private(set) var wasViolated = false

    init(_ layout: TableLayout) {
        columns = (layout.carriesRowid ? [false] : []) + layout.columns.map { $0.isNotNull }
    }

    @inline(__always)
    func isViolated(by value: Statement.Glance, at index: Int) -> Bool {
        if case .null = value { columns[index] } else { false }
    }

    /// Whether no other violation was told before.
    mutating func isFirst() -> Bool {
        defer { wasViolated = true }
        return !wasViolated
    }
}

extension CarriageReturns {
    fileprivate func replaced(in object: Manifest.SchemaObject) -> Manifest.SchemaObject {
        var object = object
        object.name = replaced(in: object.name)
        object.table = replaced(in: object.table)
        object.sql = replaced(in: object.sql)
        return object
    }
}
