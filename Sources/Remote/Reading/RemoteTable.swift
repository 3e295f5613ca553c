import Model

/// A table of a remote database, as far as reading its rows needs.
package struct RemoteTable: Sendable, Codable, Equatable {
    package struct Column: Sendable, Codable, Equatable {
        package var name: SQLText

        package init(name: SQLText) {
            self.name = name
        }
    }

    /// By what its rows are told apart and put in order.
    package enum Key: Sendable, Codable, Equatable {
        /// The rowid, under a name that no column shadows; the INTEGER PRIMARY KEY's own where there is one.
        case rowid(name: String)
        /// The primary key of a table WITHOUT ROWID; never NULL.
        case columns([KeyColumn])
        /// Nothing that a statement could name: all rows are read by one SELECT.
        case whole
    }

    package struct KeyColumn: Sendable, Codable, Equatable {
        /// Its position among the table's `columns`.
        package var index: Int
        package var collation: String
        package var isDescending: Bool

        package init(index: Int, collation: String = "BINARY", isDescending: Bool = false) {
            self.index = index
            self.collation = collation
            self.isDescending = isDescending
        }
    }

    package var name: SQLText
    /// The columns that are stored; generated ones are left out.
    package var columns: [Column]
    package var key: Key
    package var isWithoutRowid: Bool
    /// Whether a virtual table keeps its data in it.
    package var isShadow: Bool
    /// The position among `columns` of the INTEGER PRIMARY KEY that is the rowid itself.
    package var integerPrimaryKey: Int?
    /// Which of its rows are read, as a condition over its columns; nil for all.
    package var condition: String?

    package init(
        name: SQLText, columns: [Column], key: Key, isWithoutRowid: Bool = false, isShadow: Bool = false,
        integerPrimaryKey: Int? = nil, condition: String? = nil
    ) {
        self.name = name
        self.columns = columns
        self.key = key
        self.isWithoutRowid = isWithoutRowid
        self.isShadow = isShadow
        self.integerPrimaryKey = integerPrimaryKey
        self.condition = condition
    }
}

extension RemoteTable {
    /// The positions among `columns` of those that the key consists of; none where it is the rowid.
    var keyIndexes: [Int] {
        if case .columns(let columns) = key { columns.map(\.index) } else { [] }
    }

    /// The condition as further words of a WHERE; empty for all rows.
    var furtherCondition: String { condition.map { " AND (\($0))" } ?? "" }

    var hasRowidKey: Bool {
        if case .rowid = key { true } else { false }
    }
}

extension SQLText {
    /// As an identifier in a statement for a service, which takes UTF-8 only.
    var identifier: String { String(decoding: quoted, as: UTF8.self) }

    var isUTF8: Bool { String(validating: bytes, as: UTF8.self) != nil }
}
