import Pipeline

/// Some of a frame's bytes on their way to an object, in the order of the dump.
struct FramePiece: Sendable {
    /// The name of the object that the frame is a part of.
    let object: String
    let bytes: ByteBlock
    /// nil in the middle of a frame.
    let end: End?

    struct End: Sendable {
        /// Bytes of the frame's text. Where it has none there is no frame.
        let textSize: Int64
        /// The CRC-32 of the frame's text alone; nil where nobody asked for it.
        let crc: UInt32?
        let reading: DumpBlock.FrameEnd
    }
}
