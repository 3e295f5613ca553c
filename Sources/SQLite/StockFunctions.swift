import CSQLite

/// The functions that SQLite has by itself: <https://www.sqlite.org/pragma.html#pragma_function_list>.
///
/// An application may put its own in their places, and use these in a schema where SQLite does not take its own.
package struct StockFunctions: Sendable {
    private struct Function: Sendable {
        /// In small letters.
        let name: String
        let argumentCount: Int32
        /// Aggregates and window functions are none.
        let isScalar: Bool
        let isDeterministic: Bool

        var standIn: FunctionStandIn { FunctionStandIn(name: name, argumentCount: argumentCount) }
    }

    package static let shared = StockFunctions()

    /// <https://www.sqlite.org/limits.html#max_function_arg>
    private static let mostArguments: Int32 = 127

    private let functions: [Function]

    private init() {
        functions = (try? Self.list()) ?? []
    }

    private static func list() throws(SQLiteError) -> [Function] {
        let rows = try Database.inMemory().prepare("PRAGMA function_list")
        var functions: [Function] = []
        while try rows.step() {
            functions.append(
                Function(
                    name: String(decoding: rows.utf8(at: 0), as: UTF8.self).lowercased(),
                    argumentCount: Int32(clamping: rows.integer(at: 4)), isScalar: rows.utf8(at: 2) == Array("s".utf8),
                    isDeterministic: rows.integer(at: 5) & Int64(SQLITE_DETERMINISTIC) != 0))
        }
        return functions
    }

    /// In the place of those that give one value for each row and have one of the names.
    /// - Parameter names: In small letters.
    package func replacingScalars(named names: Set<String>) -> [FunctionStandIn] {
        functions.filter { $0.isScalar && names.contains($0.name) }.map(\.standIn)
    }

    /// In the place of all that SQLite has under this name.
    func replacing(_ name: [UInt8]) -> [FunctionStandIn] {
        let name = Self.folded(name)
        return argumentCounts(of: name).map { FunctionStandIn(name: name, argumentCount: $0) }
    }

    /// Beside what SQLite has under this name: with the numbers of arguments that its own do not take.
    func complementing(_ name: [UInt8]) -> [FunctionStandIn] {
        let own = argumentCounts(of: Self.folded(name))
        guard !own.isEmpty else { return [FunctionStandIn(nameBytes: name, argumentCount: -1)] }
        // What takes any number of arguments may still want one or two.
        let counts: ClosedRange<Int32> = own.contains(-1) ? 0...1 : 0...Self.mostArguments
        return counts.filter { !own.contains($0) }.map { FunctionStandIn(nameBytes: name, argumentCount: $0) }
    }

    /// In the place of those that SQLite takes in no index and in no generated column, because they may give something
    /// else each time.
    /// - Parameter words: Only of these names, where at least one of them is among the words.
    func replacingUnsteady(named words: Set<String>) -> [FunctionStandIn] {
        let unsteady = functions.filter { $0.isScalar && !$0.isDeterministic }
        let named = unsteady.filter { words.contains($0.name) }
        return (named.isEmpty ? unsteady : named).map(\.standIn)
    }

    private func argumentCounts(of name: String) -> Set<Int32> {
        Set(functions.filter { $0.name == name }.map(\.argumentCount))
    }

    /// In small letters; what is not UTF-8 is no name of SQLite's own, changed or not.
    private static func folded(_ name: [UInt8]) -> String {
        String(decoding: name, as: UTF8.self).lowercased()
    }
}
