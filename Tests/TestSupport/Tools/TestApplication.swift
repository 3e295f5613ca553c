import SQLite

/// What an application brings along that SQLite itself does not have: a collation and a function.
package enum TestApplication {
    /// `app_length` orders by length first; `app_double(x)` doubles an integer.
    package static func register(on database: Database) throws {
        try database.createCollation("app_length") { left, right in
            if left.count != right.count { return left.count - right.count }
            if left == right { return 0 }
            return left.lexicographicallyPrecedes(right) ? -1 : 1
        }
        try database.createFunction("app_double") { arguments in
            guard case .integer(let number)? = arguments.first else { return .null }
            return .integer(number &* 2)
        }
    }
}
