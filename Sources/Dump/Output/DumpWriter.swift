import Model
import SQLite

/// Writes a database as a dump of one format, chunk by chunk.
protocol DumpWriter {
    /// Rows of all tables that will be written.
    mutating func countRows() throws -> Int64
    mutating func write() throws -> WrittenDump
    /// Ends the stream, after the source has turned out to be sound.
    mutating func finish() throws
}

/// What a dump turned out to hold.
struct WrittenDump: Sendable {
    var tables: [Manifest.TableRecord] = []
    var schema: [Manifest.SchemaObject] = []
    var excluded: [Manifest.Excluded] = []
    var notes: [String] = []
}

/// Makes of a value what a faulty writer would write in its place; the digest has the value itself.
typealias PlantedFault = @Sendable (Statement.Glance) -> Statement.Glance
