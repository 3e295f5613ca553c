import Dump
import Model
import Storage
import Zstandard

/// A stretch of an object that readers share in memory: the text of a frame, or stored bytes as they are.
struct CachedBlock: Sendable {
    struct Key: Sendable, Hashable {
        /// The store's, and in it the object's.
        let location: String
        let object: String
        let offset: Int64
        let isText: Bool
        let isDecrypted: Bool

        func isOf(_ dump: DumpObject) -> Bool { object == dump.object.key && location == dump.store.location }
    }

    let dump: DumpObject
    /// In the object.
    let range: Range<Int64>
    /// Bytes of text that are compressed there; nil where the stored bytes themselves are wanted.
    let textSize: Int?

    /// The text of a frame.
    init(_ frame: SeekTable.Frame, of dump: DumpObject) {
        self.dump = dump
        range = frame.offset..<frame.offset + frame.size
        textSize = Int(frame.dumpSize)
    }

    /// The block of stored bytes that holds `position`, where all blocks but the last have `size` bytes.
    init(storedAt position: Int64, size: Int, of dump: DumpObject) {
        self.dump = dump
        let start = position / Int64(size) * Int64(size)
        range = start..<min(start + Int64(size), dump.object.size)
        textSize = nil
    }

    /// Bytes that it takes in memory.
    var size: Int { textSize ?? range.count }

    var key: Key {
        Key(
            location: dump.store.location, object: dump.object.key, offset: range.lowerBound, isText: textSize != nil,
            isDecrypted: dump.isDecrypted)
    }

    func fetch() async throws -> [UInt8] { try await dump.bytes(range) }

    /// What a frame's stored bytes hold.
    /// - Throws: code `difference` where they are not a sound frame of that size.
    func text(of stored: [UInt8], size: Int) throws -> [UInt8] {
        do {
            return try ZstdDecompressor.decompress(stored, size: size)
        } catch let error as ZstdError {
            throw dump.damaged("the frame at byte \(range.lowerBound) cannot be decompressed: \(error.message)")
        }
    }
}
