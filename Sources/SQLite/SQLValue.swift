import CSQLite

/// One value as SQLite hands it out.
package enum SQLValue: Sendable, Equatable {
    case null
    case integer(Int64)
    case real(Double)
    /// The stored bytes, in the database's encoding where they come from a column.
    case text([UInt8])
    case blob([UInt8])

    package static func text(_ text: String) -> SQLValue { .text(Array(text.utf8)) }

    /// A copy of a value that is only looked at.
    package init(_ value: Statement.Glance) {
        switch value {
        case .null: self = .null
        case .integer(let integer): self = .integer(integer)
        case .real(let real): self = .real(real)
        case .text(let bytes): self = .text(Array(bytes))
        case .blob(let bytes): self = .blob(Array(bytes))
        }
    }

    /// - Parameter value: A value that stays valid during this call.
    init(copying value: OpaquePointer?) {
        switch sqlite3_value_type(value) {
        case SQLITE_INTEGER: self = .integer(sqlite3_value_int64(value))
        case SQLITE_FLOAT: self = .real(sqlite3_value_double(value))
        case SQLITE_TEXT: self = .text(Self.bytes(of: value))
        case SQLITE_BLOB: self = .blob(Self.bytes(of: value))
        default: self = .null
        }
    }

    private static func bytes(of value: OpaquePointer?) -> [UInt8] {
        // sqlite3_value_blob first: it leaves text in the database's own encoding.
        let start = sqlite3_value_blob(value)
        return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_value_bytes(value))))
    }
}
