import Model
import Pipeline

/// How far reading is where a frame ends: what a resumed export has to know to write the next frame as if nothing had
/// happened.
struct ReadingState: Sendable, Codable {
    /// Within a table, between two of its chunks.
    struct Table: Sendable, Codable {
        /// Where the table's statements begin in the uncompressed dump.
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

    /// Tables and other objects that are written whole, in the dump's order.
    var steps = 0
    /// Of the tables among them, those that were finished in this frame.
    var newTables: [Manifest.TableRecord] = []
    /// The table in which the frame ends; nil where it ends between two objects.
    var table: Table?
}

/// A piece of the dump's text on its way to the compressor.
struct DumpBlock: Sendable {
    enum FrameEnd: Sendable {
        /// An export can go on from here.
        case checkpoint(ReadingState)
        /// The object ends here; another one may follow.
        case objectEnd(ReadingState)
    }

    /// The name of the object that it is a piece of.
    let object: String
    let text: ByteBlock
    /// nil in the middle of a frame.
    let frameEnd: FrameEnd?
}
