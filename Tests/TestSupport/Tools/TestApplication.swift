import SQLite

/// What an application brings along that SQLite itself does not have: a collation and a function.
package enum TestApplication {
    /// `app_length` orders by length first, `app_fold` takes small letters for capitals; `app_double(x)` doubles an integer;
    /// `upper` and `lower` take a locale besides.
    package static func register(on database: Database) throws {
        try database.createCollation("app_length") { left, right in
            if left.count != right.count { return left.count - right.count }
            if left == right { return 0 }
            return left.lexicographicallyPrecedes(right) ? -1 : 1
        }
        try database.createCollation("app_fold") { left, right in
            let left = String(decoding: left, as: UTF8.self).uppercased()
            let right = String(decoding: right, as: UTF8.self).uppercased()
            return left == right ? 0 : left < right ? -1 : 1
        }
        for name in ["upper", "lower"] {
            try database.createFunction(name) { arguments in arguments.last ?? .null }
        }
        try database.createFunction("app_double") { arguments in
            guard case .integer(let number)? = arguments.first else { return .null }
            return .integer(number &* 2)
        }
    }
}
