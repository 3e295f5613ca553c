import CSQLite

/// A prepared statement. Columns are counted from 0, parameters from 1, as SQLite does.
package final class Statement {
    let handle: OpaquePointer
    private let database: Database

    init(_ handle: OpaquePointer, of database: Database) {
        self.handle = handle
        self.database = database
        columnCount = Int(sqlite3_column_count(handle))
    }

    deinit {
        sqlite3_finalize(handle)
    }

    package let columnCount: Int

    /// As the statement calls it, or as SQLite does where it has no AS.
    package func columnName(at column: Int) -> String {
        sqlite3_column_name(handle, Int32(column)).map { String(cString: $0) } ?? ""
    }

    /// Goes to the next row.
    /// - Returns: Whether there is one.
    @inline(__always)
    package func step() throws(SQLiteError) -> Bool {
        let code = sqlite3_step(handle)
        if code == SQLITE_ROW { return true }
        if code == SQLITE_DONE { return false }
        throw failure(code)
    }

    package func reset() {
        sqlite3_reset(handle)
    }

    package func bind(_ value: SQLValue, at index: Int) throws(SQLiteError) {
        let position = Int32(index)
        let code =
            switch value {
            case .null: sqlite3_bind_null(handle, position)
            case .integer(let integer): sqlite3_bind_int64(handle, position, integer)
            case .real(let real): sqlite3_bind_double(handle, position, real)
            case .text(let bytes):
                bytes.withUnsafeBytes { buffer in
                    nightjar_bind_text(
                        handle, position, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), UInt64(buffer.count))
                }
            case .blob(let bytes):
                bytes.withUnsafeBytes { buffer in
                    nightjar_bind_blob(handle, position, buffer.baseAddress, UInt64(buffer.count))
                }
            }
        guard code == SQLITE_OK else { throw database.error(code, "binding parameter \(index)") }
    }

    /// As `bind(_:at:)` without a copy: the bytes have to stay where they are until the statement is reset, or bound anew.
    /// - Parameter value: Its text is UTF-8.
    @inline(__always)
    package func bind(inPlace value: Glance, at index: Int) throws(SQLiteError) {
        let position = Int32(truncatingIfNeeded: index)
        let code =
            switch value {
            case .null: sqlite3_bind_null(handle, position)
            case .integer(let integer): sqlite3_bind_int64(handle, position, integer)
            case .real(let real): sqlite3_bind_double(handle, position, real)
            case .text(let bytes):
                nightjar_bind_text_in_place(
                    handle, position, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), UInt64(bytes.count))
            case .blob(let bytes):
                nightjar_bind_blob_in_place(handle, position, bytes.baseAddress, UInt64(bytes.count))
            }
        guard code == SQLITE_OK else { throw database.error(code, "binding parameter \(index)") }
    }

    package func integer(at column: Int) -> Int64 { sqlite3_column_int64(handle, Int32(column)) }

    package func isNull(at column: Int) -> Bool { sqlite3_column_type(handle, Int32(column)) == SQLITE_NULL }

    /// The text of a column converted to UTF-8; empty for NULL.
    package func utf8(at column: Int) -> [UInt8] {
        guard let start = sqlite3_column_text(handle, Int32(column)) else { return [] }
        return Array(UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, Int32(column)))))
    }

    /// A copy of a column's value, text in the database's encoding.
    package func value(at column: Int) -> SQLValue {
        SQLValue(copying: sqlite3_column_value(handle, Int32(column)))
    }

    @inline(never)
    private func failure(_ code: Int32) -> SQLiteError {
        let sql = sqlite3_sql(handle).map { String(cString: $0) } ?? ""
        return database.error(code, "running \(sql.prefix(100))")
    }
}

extension Statement {
    /// A look at one value, for the loops where copies would cost. `glance` gives one of the current row, valid until the
    /// next step.
    package enum Glance {
        case null
        case integer(Int64)
        case real(Double)
        /// The stored bytes, in the database's encoding.
        case text(UnsafeRawBufferPointer)
        case blob(UnsafeRawBufferPointer)
    }

    /// Looks at the first `values.count` columns.
    package func glance(into values: UnsafeMutableBufferPointer<Glance>) {
        for column in 0..<values.count { values[column] = glance(at: column) }
    }

    @inline(__always)
    package func glance(at column: Int) -> Glance {
        // The value is read by this thread only, which makes the unprotected value safe and spares a mutex a call.
        let value = sqlite3_column_value(handle, Int32(truncatingIfNeeded: column))
        switch sqlite3_value_type(value) {
        case SQLITE_INTEGER: return .integer(sqlite3_value_int64(value))
        case SQLITE_FLOAT: return .real(sqlite3_value_double(value))
        case SQLITE_TEXT: return .text(Self.bytes(of: value))
        case SQLITE_BLOB: return .blob(Self.bytes(of: value))
        default: return .null
        }
    }

    @inline(__always)
    private static func bytes(of value: OpaquePointer?) -> UnsafeRawBufferPointer {
        // sqlite3_value_blob first: it leaves text in the database's own encoding.
        let start = sqlite3_value_blob(value)
        return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_value_bytes(value)))
    }
}
