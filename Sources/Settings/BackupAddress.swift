import Model

/// Where one backup, or all of a database's, lie in a store that no configuration describes.
package struct BackupAddress: Sendable, Equatable {
    /// The store, named by the part of the address that is its own.
    package let store: StoreSettings
    package let database: String
    /// nil where the database's backups are meant.
    package let id: BackupID?

    /// Reads `s3://BUCKET[/PREFIX]/DATABASE` and `file:///FOLDER/DATABASE`, each with or without the name of a backup or of
    /// one of its objects behind it. Names are taken as they stand; nothing is percent-decoded.
    ///
    /// - Parameters:
    ///   - endpoint: The S3 server's; nil for Amazon's own in `region`.
    ///   - region: nil for `auto` at R2, `us-east-1` elsewhere.
    ///   - environment: What has `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, for temporary credentials,
    ///     `AWS_SESSION_TOKEN`.
    /// - Throws: code `usage` where the address says no database, or too little else; `configuration` where the
    ///   environment lacks the credentials.
    package init(
        _ text: String, endpoint: String?, region: String?, environment: [String: String]
    ) throws(NightjarError) {
        var folders = try StoreAddress.folders(of: text, refusal: Self.refusal)
        let bucket = text.hasPrefix("s3://") ? [folders.removeFirst()] : []
        (database, id) = try Self.backup(&folders, in: text)
        store = try StoreAddress(
            text, folders: bucket + folders, endpoint: endpoint, region: region, environment: environment,
            refusal: Self.refusal
        ).store
    }

    /// Takes the database, and the backup where there is one, off the end.
    private static func backup(
        _ folders: inout [String], in text: String
    ) throws(NightjarError) -> (String, BackupID?) {
        var id: BackupID?
        if let last = folders.last, let named = BackupID(last.prefix(20)) {
            let rest = last.dropFirst(20)
            guard rest.isEmpty || rest.hasPrefix(".") else {
                throw refusal(text, "its end is not the name of a backup or of one of its objects")
            }
            id = named
            folders.removeLast()
        }
        guard let database = folders.popLast(), BackupKeys.isDatabaseName(database) else {
            throw refusal(text, "it names no database")
        }
        guard !folders.contains(where: { $0 == "." || $0 == ".." }) else {
            throw refusal(text, "it has the component '.' or '..'")
        }
        return (database, id)
    }

    private static func refusal(_ text: String, _ reason: String) -> NightjarError {
        NightjarError(
            .usage, "\(StoreAddress.shown(text)) does not say where a backup is: \(reason)",
            hint: """
                Write it as s3://BUCKET/PREFIX/DATABASE or file:///FOLDER/DATABASE for the newest verified backup,
                with /dump_YYYYMMDD-HHMMSS.manifest.json behind it for a certain one.
                """)
    }
}
