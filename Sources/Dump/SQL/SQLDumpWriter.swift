import Model
import Pipeline
import SQLite

/// Writes a database as the SQL text of docs/dump-format.md, chunk by chunk.
struct SQLDumpWriter {
    struct Options {
        var chunkRows: Int
        var breathing: Breathing
        var exclude: [Glob]
        var frameSize: Int
        var includesSchema: Bool
        var plantedFault: PlantedFault?
    }

    /// Makes of a value what a faulty writer would write in its place; the digest has the value itself.
    typealias PlantedFault = @Sendable (Statement.Glance) -> Statement.Glance

    /// What the dump turned out to hold.
    struct Result: Sendable {
        var tables: [Manifest.TableRecord] = []
        var schema: [Manifest.SchemaObject] = []
        var excluded: [Manifest.Excluded] = []
        var notes: [String] = []
    }

    /// A chunk ends after this much text, however few rows it has.
    private static let chunkBytes = 1 << 20

    let database: Database
    let schema: Schema
    let options: Options
    var output: SQLOutput
    let encoding: TextEncoding
    let texts: TextLiteral
    private let reals: RealLiteral
    private let probe: AffinityProbe
    let returns: CarriageReturns
    private let columnLimit: Int
    private let sqlLimit: Int
    let cancellation: Cancellation
    let progress: RunProgress
    var breather: Breather
    var result = Result()
    /// Where an earlier process was; nil once this one is there, too.
    var resumption: Resumption?
    /// Tables and other objects that are written, and tables that the last checkpoint did not know of.
    var steps = 0
    var newTables: [Manifest.TableRecord] = []

    init(
        _ database: Database, options: Options, resuming resumption: Resumption?, to queue: BoundedQueue<DumpBlock>,
        cancellation: Cancellation, progress: RunProgress
    ) throws {
        self.database = database
        self.options = options
        self.resumption = resumption?.reading == nil ? nil : resumption
        output = SQLOutput(queue, frameSize: options.frameSize, isMuted: self.resumption != nil)
        self.cancellation = cancellation
        self.progress = progress
        schema = try Schema(reading: database)
        encoding = try TextEncoding(of: database)
        texts = TextLiteral(encoding: encoding)
        reals = try RealLiteral()
        probe = try AffinityProbe(encoding)
        returns = CarriageReturns(schema, isWritten: options.includesSchema)
        columnLimit = database.limit(.columns)
        sqlLimit = database.limit(.sqlLength)
        breather = Breather(work: options.breathing.work, pause: options.breathing.pause)
        // What they lack has to be known before the first table, wherever an export goes on.
        for table in schema.tables { _ = compilesGenerated(table) }
    }

    mutating func write() throws -> Result {
        let selection = schema.selection(excluding: options.exclude)
        let kept = selection.entries
        result.excluded = selection.excluded
        guard options.includesSchema else { return try writeRowsAlone(of: kept) }
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

    // MARK: Tables

    private mutating func writeTables(_ entries: [Schema.Entry]) throws {
        for entry in entries {
            guard case .table(let layout) = entry.kind, !layout.name.hasPrefixIgnoringCase("sqlite_") else { continue }
            let start = output.position
            var object = entry.object
            let carrying = try self.carrying(layout, entry.object)
            if let carrying { object.sql = carrying.sql }
            try writeStatement(object, computes: !(carrying?.layout ?? layout).generated.isEmpty)
            try writeTable(layout, entry.object, carrying, from: start)
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
            try writeTable(layout, nil, from: start)
        }
        let statistics = tables.filter { $0.name.hasPrefixIgnoringCase("sqlite_stat") }
        guard !statistics.isEmpty else { return }
        try output.append("ANALYZE sqlite_master;\n")
        // A SQLite with STAT4 makes this one too.
        if !statistics.contains(where: { $0.name.folded == "sqlite_stat4" }) {
            try output.append("DROP TABLE IF EXISTS sqlite_stat4;\n")
        }
        for layout in statistics { try writeTable(layout, nil, from: output.position) }
    }

    // MARK: Rows

    /// How a table is written some of whose generated columns are ordinary ones until all rows are there.
    typealias Carrying = (layout: TableLayout, sql: SQLText)

    /// - Parameter object: The table's entry in the schema, where its text can be changed; nil for SQLite's own tables.
    mutating func writeTable(
        _ layout: TableLayout, _ object: Manifest.SchemaObject?, _ carrying: Carrying? = nil, from start: Int64
    ) throws {
        if let record = resumedTable() { return keep(record, layout) }
        let record = try writeRows(of: layout, object, carrying, from: start)
        keep(record, layout)
        newTables.append(record)
        steps += 1
        if output.frameIsDue(isTableEnd: true) { try endFrame() }
    }

    private mutating func keep(_ record: Manifest.TableRecord, _ layout: TableLayout) {
        result.tables.append(record)
        if !layout.isWithoutRowid, !layout.carriesRowid, layout.integerPrimaryKey == nil {
            result.notes.append(
                "\(layout.name): columns take all three names of the rowid, which SQL cannot carry then.")
        }
        if record.changedRows > 0 {
            result.notes.append(
                "\(layout.name): \(CountText.format(record.changedRows, "row")) hold values at odds with their column's "
                    + "type; an import converts them.")
        }
    }

    private mutating func writeRows(
        of layout: TableLayout, _ object: Manifest.SchemaObject?, _ carrying: Carrying?, from start: Int64
    ) throws -> Manifest.TableRecord {
        let resumed = resumedRows()
        var table = resumed ?? ReadingState.Table(start: start)
        let written = carrying?.layout ?? layout
        let text = carrying?.sql ?? object?.sql
        let reader = try TableReader(written, in: database, after: table.lastRowid)
        let width = reader.width
        let digested = width - (written.columns.count - layout.columns.count)
        let values = UnsafeMutableBufferPointer<Statement.Glance>.allocate(capacity: width)
        values.initialize(repeating: .null)
        defer { values.deallocate() }
        var writer = SQLRowWriter(
            written, width: width, namesColumns: carrying != nil || !options.includesSchema, texts: texts, reals: reals,
            returns: returns, columnLimit: columnLimit)
        let probe = probe.probing(layout)
        var notNull = NotNullWatch(written, wasViolated: table.lacksNotNull)
        if resumed == nil, let object, let text, mayGenerateNull(written), notNull.isFirst() {
            try setText(of: object, to: NotNull.removed(from: text))
        }
        if table.lastRowid == nil { try pass(table.rows, in: reader) }
        var digester = RowDigester()
        var chunkStart = output.position
        var rowsInChunk = 0
        let rowidIndex = reader.rowidIndex
        let plantedFault = options.plantedFault
        while try reader.step() {
            var bound = 8
            var mayChange = false
            var violates = false
            digester.begin()
            reader.glance(into: values)
            for index in 0..<digested {
                let value = values[index]
                digester.add(value)
                bound += SQLRowWriter.bound(value)
                if probe.mayChange(value, at: index) { mayChange = true }
                if notNull.isViolated(by: value, at: index) { violates = true }
            }
            for index in digested..<width {
                bound += SQLRowWriter.bound(values[index])
                if notNull.isViolated(by: values[index], at: index) { violates = true }
            }
            let hash = digester.finish()
            table.digest.add(rowHash: hash)
            var hashAfterImport = hash
            if mayChange {
                hashAfterImport = try Self.importedHash(reader, values, count: digested, probe, &digester)
                if hashAfterImport != hash { table.changedRows += 1 }
            }
            table.digestAfterImport.add(rowHash: hashAfterImport)
            if let rowidIndex, case .integer(let rowid) = values[rowidIndex] {
                if let last = table.lastRowid, rowid <= last { throw reader.outOfOrder(rowid) }
                table.lastRowid = rowid
            }
            if violates, notNull.isFirst(), let object, let text {
                try writer.end(&output)
                try setText(of: object, to: NotNull.removed(from: text))
            }
            if bound > sqlLimit { try checkSize(values, layout, row: table.rows) }
            if let plantedFault {
                for index in 0..<width { values[index] = plantedFault(values[index]) }
            }
            try writer.write(values, bound: bound, to: &output)
            table.rows += 1
            rowsInChunk += 1
            if rowsInChunk >= options.chunkRows || output.position - chunkStart >= Int64(Self.chunkBytes) {
                try writer.end(&output)
                progress.add(rows: rowsInChunk, position: output.position)
                if output.frameIsDue() {
                    table.lacksNotNull = notNull.wasViolated
                    try endFrame(in: table)
                }
                try breather.breathe(cancellation)
                rowsInChunk = 0
                chunkStart = output.position
            }
        }
        try writer.end(&output)
        if notNull.wasViolated || carrying != nil, let object { try setText(of: object, to: object.sql) }
        progress.add(rows: rowsInChunk, position: output.position)
        return Manifest.TableRecord(
            name: layout.name, rows: table.rows, digest: table.digest, carriesRowid: layout.carriesRowid,
            isShadow: layout.isShadow, range: .init(offset: table.start, length: output.position - table.start),
            changedRows: table.changedRows,
            digestAfterImport: table.changedRows > 0 ? table.digestAfterImport : nil,
            generatedDigest: try generatedDigest(of: layout))
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

    private static func importedHash(
        _ reader: TableReader, _ values: UnsafeMutableBufferPointer<Statement.Glance>, count: Int,
        _ probe: AffinityProbe, _ digester: inout RowDigester
    ) throws -> UInt128 {
        digester.begin()
        for index in 0..<count {
            if probe.mayChange(values[index], at: index) {
                digester.add(copy: try probe.imported(reader.value(at: index), at: index))
            } else {
                digester.add(values[index])
            }
        }
        return digester.finish()
    }
}
