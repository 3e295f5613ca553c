import SQLite

/// The encoding in which a database stores text: <https://www.sqlite.org/pragma.html#pragma_encoding>.
package enum TextEncoding: Sendable {
    case utf8, utf16le, utf16be

    package init(of database: Database) throws(SQLiteError) {
        self.init(pragmaValue: try database.text("PRAGMA encoding") ?? "")
    }

    /// As `pragmaValue` writes it; anything else counts as UTF-8.
    package init(pragmaValue: String) {
        self = [.utf16le, .utf16be].first { $0.pragmaValue == pragmaValue } ?? .utf8
    }

    package var pragmaValue: String {
        switch self {
        case .utf8: "UTF-8"
        case .utf16le: "UTF-16le"
        case .utf16be: "UTF-16be"
        }
    }
}
