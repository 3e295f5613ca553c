import CSQLite

extension Database {
    /// From now on a collation that the schema names and nobody defined compares like BINARY, and a function that a
    /// statement or the schema lacks gives NULL; `collationStandIns` and `functionStandIns` list them.
    /// <https://www.sqlite.org/c3ref/collation_needed.html>
    ///
    /// When it reads a schema SQLite lets functions pass that it does not know, but not those that it has otherwise:
    /// with other numbers of arguments, as aggregates, or such that may give something else each time.
    package func standInForTheApplication() {
        standsInForFunctions = true
        sqlite3_collation_needed(handle, Unmanaged.passUnretained(self).toOpaque()) { data, handle, _, name in
            guard let data, let name else { return }
            // SQLite asks for its own, too, for other encodings than UTF-8, and makes them of those then.
            let own = ["binary", "nocase", "rtrim"]
            guard !own.contains(String(cString: name).lowercased()) else { return }
            let database = Unmanaged<Database>.fromOpaque(data).takeUnretainedValue()
            sqlite3_create_collation_v2(
                handle, name, SQLITE_UTF8, nil,
                { _, leftCount, left, rightCount, right in
                    let left = UnsafeRawBufferPointer(start: left, count: Int(leftCount))
                    let right = UnsafeRawBufferPointer(start: right, count: Int(rightCount))
                    if left.lexicographicallyPrecedes(right) { return -1 }
                    return leftCount == rightCount && left.elementsEqual(right) ? 0 : 1
                }, nil)
            database.collationStandIns.append(String(cString: name))
        }
    }

    /// Whether anything of the application's is replaced on this connection.
    package var hasStandIns: Bool { !functionStandIns.isEmpty || !collationStandIns.isEmpty }

    /// From now on the function gives NULL: <https://www.sqlite.org/c3ref/create_function.html>.
    package func standIn(for function: FunctionStandIn) throws(SQLiteError) {
        let flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS
        let code = sqlite3_create_function_v2(
            handle, function.name, function.argumentCount, flags, nil,
            { context, _, _ in sqlite3_result_null(context) }, nil, nil, nil)
        guard code == SQLITE_OK else { throw error(code, "defining the function \(function.name)") }
        functionStandIns.insert(function)
    }

    /// Stands in for the functions for want of which SQLite answers with `error`, if that is wanted here.
    /// - Parameter statement: As much as SQLite has read of the statement that it refuses.
    /// - Returns: Whether trying again may help; what has been defined is not defined again.
    func standIn(forWhatIsMissing error: SQLiteError, in statement: UnsafeRawBufferPointer? = nil) -> Bool {
        guard standsInForFunctions else { return false }
        let missing = Self.missingFunctions(error.message, statement).filter { !functionStandIns.contains($0) }
        guard !missing.isEmpty else { return false }
        for function in missing {
            guard (try? standIn(for: function)) != nil else { return false }
        }
        return true
    }

    private static func missingFunctions(
        _ message: String, _ statement: UnsafeRawBufferPointer?
    ) -> [FunctionStandIn] {
        for (words, ending) in [
            ("no such function: ", ""), ("unknown function: ", "()"), ("wrong number of arguments to function ", "()"),
        ] {
            if let name = functionName(in: message, after: words, before: ending) {
                return StockFunctions.shared.complementing(name)
            }
        }
        for words in ["misuse of aggregate function ", "misuse of window function "] {
            if let name = functionName(in: message, after: words, before: "()") {
                return StockFunctions.shared.replacing(name)
            }
        }
        // This message names the object, but not the function.
        guard message.contains("non-deterministic functions prohibited") else { return [] }
        return StockFunctions.shared.replacingUnsteady(named: words(of: statement))
    }

    private static func functionName(in message: String, after words: String, before ending: String) -> String? {
        guard let range = message.firstRange(of: words) else { return nil }
        let rest = message[range.upperBound...]
        guard rest.count > ending.count, rest.hasSuffix(ending) else { return nil }
        return String(rest.dropLast(ending.count))
    }

    /// In small letters.
    private static func words(of statement: UnsafeRawBufferPointer?) -> Set<String> {
        guard let statement else { return [] }
        let words = statement.split { byte in
            let isLetter = (65...90).contains(byte) || (97...122).contains(byte)
            return !isLetter && !(48...57).contains(byte) && byte != UInt8(ascii: "_")
        }
        return Set(words.map { String(decoding: $0, as: UTF8.self).lowercased() })
    }
}
