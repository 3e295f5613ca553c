import CSQLite
import Glibc

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
            database.collationStandIns.append(Array(UnsafeRawBufferPointer(start: name, count: strlen(name))))
        }
    }

    /// Whether anything of the application's is replaced on this connection.
    package var hasStandIns: Bool { !functionStandIns.isEmpty || !collationStandIns.isEmpty }

    /// From now on the function, which is missing, gives NULL.
    package func standIn(for function: FunctionStandIn) throws(SQLiteError) {
        try replace(function)
        functionStandIns.insert(function)
    }

    /// From now on the function gives NULL, be it SQLite's own: <https://www.sqlite.org/c3ref/create_function.html>.
    /// `functionStandIns` does not list it.
    package func replace(_ function: FunctionStandIn) throws(SQLiteError) {
        let flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS
        let code = (function.nameBytes + [0]).withUnsafeBytes { name in
            sqlite3_create_function_v2(
                handle, name.baseAddress?.assumingMemoryBound(to: CChar.self), function.argumentCount, flags, nil,
                { context, _, _ in sqlite3_result_null(context) }, nil, nil, nil)
        }
        guard code == SQLITE_OK else { throw error(code, "defining the function \(function.name)") }
    }

    /// Stands in for the functions for want of which SQLite has just refused a statement, if that is wanted here.
    /// - Parameter statement: As much as SQLite has read of it.
    /// - Returns: Whether trying again may help; what has been defined is not defined again.
    func standInForWhatIsMissing(in statement: UnsafeRawBufferPointer? = nil) -> Bool {
        // SQLite's own bytes: a name in them need not be UTF-8.
        guard standsInForFunctions, let words = sqlite3_errmsg(handle) else { return false }
        let message = Array(UnsafeRawBufferPointer(start: words, count: strlen(words)))
        let missing = Self.missingFunctions(message, statement).filter { !functionStandIns.contains($0) }
        guard !missing.isEmpty else { return false }
        for function in missing {
            guard (try? standIn(for: function)) != nil else { return false }
        }
        return true
    }

    private static func missingFunctions(
        _ message: [UInt8], _ statement: UnsafeRawBufferPointer?
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
        guard message.firstRange(of: Array("non-deterministic functions prohibited".utf8)) != nil else { return [] }
        return StockFunctions.shared.replacingUnsteady(named: words(of: statement))
    }

    private static func functionName(in message: [UInt8], after words: String, before ending: String) -> [UInt8]? {
        guard let range = message.firstRange(of: Array(words.utf8)) else { return nil }
        let rest = message[range.upperBound...]
        let ending = Array(ending.utf8)
        guard rest.count > ending.count, rest.suffix(ending.count).elementsEqual(ending) else { return nil }
        return Array(rest.dropLast(ending.count))
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
