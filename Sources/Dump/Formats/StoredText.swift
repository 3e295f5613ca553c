import Pipeline

/// Text of a database's encoding as UTF-8.
struct StoredText {
    private let encoding: TextEncoding
    private let transcoded = ByteBlock(capacity: 4 << 10)

    init(_ encoding: TextEncoding) {
        self.encoding = encoding
    }

    /// Valid until the next call. In a database of UTF-8 the stored bytes, which may be anything; else nil where SQLite
    /// would not turn UTF-8 back into them.
    @inline(__always)
    func utf8(_ stored: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        if encoding == .utf8 { return stored }
        return Utf16.transcode(stored, isBigEndian: encoding == .utf16be, into: transcoded) ? transcoded.bytes : nil
    }
}
