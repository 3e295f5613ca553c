import Model
import SQLite

/// The place of a row among those of its table: its rowid, or the values of its primary key.
package struct RemoteKey: Sendable, Equatable {
    package let values: [SQLValue]

    package init(_ values: [SQLValue]) {
        self.values = values
    }
}
