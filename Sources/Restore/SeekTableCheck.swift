import Dump
import Zstandard

/// Compares the seek table at the end of a zstd dump with the frames before it, as they pass: whoever reads a range finds
/// it by the table alone.
struct SeekTableCheck {
    /// Bytes that a table may have more than its frames need, and still be read.
    private static let slack: Int64 = 64 << 10

    /// What a sound table would say.
    private var frames = SeekTable()
    /// The skippable frame that passed last; empty where it was too large to be a table.
    private var table: [UInt8]?
    /// Whether there are others than the table.
    private var hasOthers = false

    /// How large the frame may be that is the table.
    var tableSize: Int64 { Int64(frames.encodedSize) + Self.slack }

    mutating func ended(_ frame: ZstdDecompressor.Frame) {
        if table != nil { hasOthers = true }
        // A frame of data from which nothing comes is a few bytes.
        if frame.textSize == 0 && (frame.bytes.isEmpty || SeekTable.isSkippable(frame.bytes)) {
            table = frame.bytes
        } else {
            frames.append(compressed: frame.size, decompressed: frame.textSize)
        }
    }

    /// What is wrong with the table, when all has passed; nil where it says what there is.
    var complaint: String? {
        guard let table else { return "the seek table is missing" }
        guard !hasOthers, let told = SeekTable(table) else { return "the seek table makes no sense" }
        guard told.count == frames.count else {
            return "the seek table has \(told.count) frames instead of \(frames.count)"
        }
        guard let index = told.firstDifference(from: frames) else { return nil }
        let said = told.sizes(at: index), found = frames.sizes(at: index)
        return """
            the seek table says of frame \(index + 1) that its \(said.compressed) bytes hold \
            \(said.decompressed) bytes of text, and its \(found.compressed) bytes hold \(found.decompressed)
            """
    }
}
