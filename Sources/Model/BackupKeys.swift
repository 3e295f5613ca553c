/// The names of a backup's objects in its store, below the store's prefix.
package struct BackupKeys: Sendable, Hashable {
    package let database: String
    package let id: BackupID

    package init(database: String, id: BackupID) {
        self.database = database
        self.id = id
    }

    /// Names the appliance that writes below this prefix.
    package static let owner = "owner.json"

    /// What all objects of one database begin with.
    package static func folder(of database: String) -> String { "\(database)/" }

    private var stem: String { "\(database)/\(id)" }

    /// The dump itself.
    package func dump(_ format: DumpFormat, _ compression: Compression) -> String {
        "\(stem).\(format.fileExtension)\(compression.suffix)"
    }

    /// Written last; a backup exists if and only if this object does.
    package var manifest: String { "\(stem).manifest.json" }

    /// The report of a verification that ended at `time`.
    package func verification(at time: Timestamp) -> String { "\(verificationPrefix)\(time.compact).json" }

    package var verificationPrefix: String { "\(stem).verified-" }

    /// The backup that the object `key` belongs to, or nil.
    package static func containing(_ key: String) -> BackupKeys? {
        let pieces = key.split(separator: "/", omittingEmptySubsequences: false)
        guard pieces.count >= 2, let id = BackupID(pieces[1].prefix(20)) else { return nil }
        return BackupKeys(database: String(pieces[0]), id: id)
    }
}
