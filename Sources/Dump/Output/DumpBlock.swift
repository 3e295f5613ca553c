import Pipeline

/// A piece of a dump's uncompressed bytes, on its way from the writer to the compressors.
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
