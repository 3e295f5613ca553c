/// A value as a dump of rows has it, on its way into a database.
///
/// Bytes are valid until the next row. They have an address even where there are none of them: SQLite takes a null
/// pointer for NULL.
enum DumpValue {
    case null
    case integer(Int64)
    case real(Double)
    /// UTF-8, as far as the dump's text is.
    case text(UnsafeRawBufferPointer)
    /// Text as the database stored it, in the database's own encoding.
    case storedText(UnsafeRawBufferPointer)
    case blob(UnsafeRawBufferPointer)
}

/// The values of one row after the other, in memory that is allocated once.
final class DumpRow {
    let values: UnsafeMutableBufferPointer<DumpValue>

    /// - Parameter width: Values of the widest row.
    init(width: Int) {
        values = .allocate(capacity: width)
        values.initialize(repeating: .null)
    }

    deinit {
        values.deallocate()
    }
}
