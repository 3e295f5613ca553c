import CSQLite

extension Database {
    /// A function that statements and schemas can call.
    package typealias Function = @Sendable ([SQLValue]) -> SQLValue

    private final class FunctionBox {
        let function: Function
        init(_ function: @escaping Function) { self.function = function }
    }

    /// Defines an SQL function of any number of arguments: <https://www.sqlite.org/c3ref/create_function.html>.
    package func createFunction(_ name: String, _ function: @escaping Function) throws(SQLiteError) {
        let box = FunctionBox(function)
        registrations.append(box)
        let flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS
        let code = sqlite3_create_function_v2(
            handle, name, -1, flags, Unmanaged.passUnretained(box).toOpaque(),
            { context, count, arguments in
                guard let data = sqlite3_user_data(context) else { return }
                let values = (0..<Int(count)).map { SQLValue(copying: arguments?[$0]) }
                switch Unmanaged<FunctionBox>.fromOpaque(data).takeUnretainedValue().function(values) {
                case .null: sqlite3_result_null(context)
                case .integer(let integer): sqlite3_result_int64(context, integer)
                case .real(let real): sqlite3_result_double(context, real)
                case .text(let bytes):
                    bytes.withUnsafeBytes {
                        nightjar_result_text(
                            context, $0.baseAddress?.assumingMemoryBound(to: CChar.self), UInt64(bytes.count))
                    }
                case .blob(let bytes):
                    bytes.withUnsafeBytes { nightjar_result_blob(context, $0.baseAddress, UInt64(bytes.count)) }
                }
            }, nil, nil, nil)
        guard code == SQLITE_OK else { throw error(code, "defining the function \(name)") }
    }

    private final class CollationBox {
        let compare: @Sendable ([UInt8], [UInt8]) -> Int
        init(_ compare: @escaping @Sendable ([UInt8], [UInt8]) -> Int) { self.compare = compare }
    }

    /// Defines a collation over UTF-8 bytes: negative, zero or positive as the first comes before, with or after.
    package func createCollation(
        _ name: String, _ compare: @escaping @Sendable ([UInt8], [UInt8]) -> Int
    ) throws(SQLiteError) {
        let box = CollationBox(compare)
        registrations.append(box)
        let code = sqlite3_create_collation_v2(
            handle, name, SQLITE_UTF8, Unmanaged.passUnretained(box).toOpaque(),
            { data, leftCount, left, rightCount, right in
                guard let data else { return 0 }
                let box = Unmanaged<CollationBox>.fromOpaque(data).takeUnretainedValue()
                return Int32(
                    clamping: box.compare(
                        Array(UnsafeRawBufferPointer(start: left, count: Int(leftCount))),
                        Array(UnsafeRawBufferPointer(start: right, count: Int(rightCount)))))
            }, nil)
        guard code == SQLITE_OK else { throw error(code, "defining the collation \(name)") }
    }

    /// <https://www.sqlite.org/limits.html>
    package enum Limit {
        case columns
        case sqlLength
        case attachedDatabases
        case compoundSelect
        case expressionDepth
        case instructions

        var code: Int32 {
            switch self {
            case .columns: SQLITE_LIMIT_COLUMN
            case .sqlLength: SQLITE_LIMIT_SQL_LENGTH
            case .attachedDatabases: SQLITE_LIMIT_ATTACHED
            case .compoundSelect: SQLITE_LIMIT_COMPOUND_SELECT
            case .expressionDepth: SQLITE_LIMIT_EXPR_DEPTH
            case .instructions: SQLITE_LIMIT_VDBE_OP
            }
        }
    }

    package func limit(_ limit: Limit) -> Int { Int(sqlite3_limit(handle, limit.code, -1)) }

    package func setLimit(_ limit: Limit, to value: Int32) {
        sqlite3_limit(handle, limit.code, value)
    }

    /// Lets statements change sqlite_schema and shadow tables, which a dump with virtual tables needs.
    ///
    /// `fts3_tokenizer` takes an address for a function's, which no text from a store may choose: it is switched off.
    package func allowWritingSchema() {
        _ = nightjar_db_config(handle, SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0)
        _ = nightjar_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 0)
        _ = nightjar_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 1)
    }

    /// The first 100 bytes of the file as they stand there, read through SQLite's own descriptor:
    /// closing any other would drop SQLite's locks. <https://www.sqlite.org/fileformat.html#the_database_header>
    package func fileHeader() -> [UInt8]? {
        guard let file = openFile, let methods = file.pointee.pMethods, let read = methods.pointee.xRead else {
            return nil
        }
        var header = [UInt8](repeating: 0, count: 100)
        let code = header.withUnsafeMutableBytes { read(file, $0.baseAddress, 100, 0) }
        return code == SQLITE_OK ? header : nil
    }

    /// The bytes of the same file, whatever its name stands for by now.
    package func fileSize() -> Int64? {
        guard let file = openFile, let methods = file.pointee.pMethods, let measure = methods.pointee.xFileSize else {
            return nil
        }
        var size: sqlite3_int64 = 0
        return measure(file, &size) == SQLITE_OK ? size : nil
    }

    private var openFile: UnsafeMutablePointer<sqlite3_file>? {
        var file: UnsafeMutablePointer<sqlite3_file>?
        let code = sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, &file)
        return code == SQLITE_OK ? file : nil
    }
}
