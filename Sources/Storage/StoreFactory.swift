/// Which kind of store, and all that is needed to use it.
package enum StoreConfiguration: Sendable {
    case directory(path: String)
    case s3(S3Configuration)
}

/// Opens a store whose objects all lie below `prefix`, a path to which a slash is added; empty for none.
///
/// Sends nothing and makes no folder yet.
///
/// - Throws: `StoreError` with code `configuration` when the settings cannot be right.
package func openStore(_ configuration: StoreConfiguration, prefix: String = "") throws -> any ObjectStore {
    switch configuration {
    case .directory(let path): return try DirectoryStore(path: path, prefix: prefix)
    case .s3(let settings): return try S3Store(settings, prefix: prefix)
    }
}
