import Model
import Pipeline

/// How far reading is where a frame ends: what a resumed export has to know to write the next frame as if nothing had
/// happened.
struct ReadingState: Sendable, Codable {
    /// Within a table, between two of its chunks.
    struct Table: Sendable, Codable {
        /// Where the table's statements, or its rows, begin in its object's uncompressed bytes.
        let start: Int64
        var rows: Int64 = 0
        /// nil where the rows have none that could be asked for.
        var lastRowid: Int64?
        var digest = TableDigest()
        var digestAfterImport = TableDigest()
        var changedRows: Int64 = 0
        /// Whether the table's text is without its NOT NULL at the moment.
        var lacksNotNull = false

        init(start: Int64) {
            self.start = start
        }
    }

    /// Tables and other objects of the schema that are written whole, in the dump's order.
    var steps = 0
    /// Of the tables among them, those that were finished in this frame.
    var newTables: [Manifest.TableRecord] = []
    /// The table in which the frame ends; nil where it ends between two objects.
    var table: Table?
}
