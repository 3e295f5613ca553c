import Model

/// A store that could not be reached, and has not been since.
package struct StoreTrouble: Sendable, Equatable {
    /// The store's name in the configuration.
    package let store: String
    package let since: Timestamp
    /// In words for people; holds no secret.
    package let text: String

    package init(store: String, since: Timestamp, text: String) {
        self.store = store
        self.since = since
        self.text = text
    }

    static let columns = "store, since, text"

    init(reading columns: inout Columns) throws {
        store = try columns.text()
        since = try columns.time()
        text = try columns.text()
    }
}
