/// A state of the catalog, to be compared with a later one.
package struct CatalogVersion: Sendable, Equatable {
    /// Rows that this connection has changed.
    let own: Int64
    /// Counts what other connections have written.
    let others: Int64
}
