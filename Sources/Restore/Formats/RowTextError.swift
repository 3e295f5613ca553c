import Model

/// The text of a dump of rows is not what its format's rules ask for.
struct RowTextError: Error, Equatable {
    /// Fits behind "cannot be read:"; quotes no values, and at most 40 bytes of the dump.
    let reason: String
    /// In bytes, from the beginning of the block that was read.
    let offset: Int

    static func cutOff(at offset: Int) -> RowTextError {
        RowTextError(reason: "it ends in the middle of a row", offset: offset)
    }

    /// A name of the dump's, as far as a reason may quote it.
    static func excerpt(_ name: UnsafeRawBufferPointer) -> String {
        let shown = PrintableText.line(String(decoding: name.prefix(40), as: UTF8.self))
        return "\"\(shown)\(name.count > 40 ? "…" : "")\""
    }

    static func excerpt(_ name: [UInt8]) -> String { name.withUnsafeBytes { excerpt($0) } }
}
