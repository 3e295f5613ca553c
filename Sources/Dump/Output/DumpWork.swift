import Model
import Pipeline
import SQLite

/// What writing a dump takes in any format: where it stands, what it has found, where its bytes go.
struct DumpWork {
    struct Options {
        var chunkRows: Int
        var breathing: Breathing
        var exclude: [Glob]
        var frameSize: Int
        /// Whether rows are digested. Where nobody compares digests, records have the digest of no rows, and none for
        /// generated columns.
        var hasDigests = true
        var plantedFault: PlantedFault?
    }

    /// A chunk ends after this much text, however few rows it has.
    static let chunkBytes = 1 << 20

    let database: Database
    let schema: Schema
    let options: Options
    let encoding: TextEncoding
    let probe: AffinityProbe
    let cancellation: Cancellation
    let progress: RunProgress
    var output: DumpOutput
    var breather: Breather
    var result = WrittenDump()
    /// Where an earlier process was; nil once this one is there, too.
    var resumption: Resumption?
    /// Tables and other objects of the schema that are written.
    var steps = 0
    /// Tables that the last checkpoint did not know of.
    var newTables: [Manifest.TableRecord] = []
    /// Bytes of the objects that have ended.
    var bytesBefore: Int64 = 0

    /// - Parameter object: The name of the dump's only object; where each table has one, nothing is written before
    ///   `begin(object:)`.
    init(
        _ database: Database, options: Options, object: String, resuming resumption: Resumption?,
        to queue: BoundedQueue<DumpBlock>,
        cancellation: Cancellation, progress: RunProgress
    ) throws {
        self.database = database
        self.options = options
        self.resumption = resumption?.isEmpty ?? true ? nil : resumption
        output = DumpOutput(
            queue, object: object, frameSize: options.frameSize, isMuted: self.resumption != nil)
        self.cancellation = cancellation
        self.progress = progress
        schema = try Schema(reading: database)
        encoding = try TextEncoding(of: database)
        probe = try AffinityProbe(encoding)
        breather = Breather(work: options.breathing.work, pause: options.breathing.pause)
        // What they lack has to be known before the first table, wherever an export goes on.
        for table in schema.tables { _ = compilesGenerated(table) }
    }

    mutating func breathe() throws { try breather.breathe(cancellation) }

    /// Ends an object, behind which another one may follow.
    mutating func endObject() throws {
        bytesBefore += output.position
        try output.endObject(ReadingState(steps: steps, newTables: newTables, table: nil))
        newTables = []
    }

    func noteProgress(rows: Int) {
        progress.add(rows: rows, position: bytesBefore + output.position)
    }

    /// The digest of a table's stored generated columns; nil where there are none, or nothing is digested.
    mutating func generatedDigest(of layout: TableLayout) throws -> TableDigest? {
        guard options.hasDigests else { return nil }
        var breather = self.breather
        let cancellation = self.cancellation
        defer { self.breather = breather }
        return try GeneratedDigest.compute(of: layout, in: database, pausing: { try breather.breathe(cancellation) })
    }

    /// Rows of all tables among `entries`.
    mutating func countRows(of entries: [Schema.Entry]) throws -> Int64 {
        var count: Int64 = 0
        for layout in entries.tables {
            let statement = try database.prepare(Array("SELECT count(*) FROM ".utf8) + layout.name.quoted)
            if try statement.step() { count += statement.integer(at: 0) }
            try breathe()
        }
        return count
    }

    /// Takes down what a table turned out to hold.
    mutating func keep(_ record: Manifest.TableRecord) {
        result.tables.append(record)
        guard record.changedRows > 0 else { return }
        result.notes.append(
            "\(record.name): \(CountText.format(record.changedRows, "row")) with values at odds with their column's "
                + "type; an import converts them.")
    }
}
