/// The names of a backup's objects in its store, below the store's prefix.
package struct BackupKeys: Sendable, Hashable {
    /// What objects below the store's prefix are for.
    private enum Place: Hashable {
        case backups
        /// Dumps that somebody asked for: no backups, and never counted as such.
        case exports
    }

    package let database: String
    package let id: BackupID
    private let place: Place

    package init(database: String, id: BackupID) {
        self.database = database
        self.id = id
        place = .backups
    }

    /// The names of a dump that somebody asked for, apart from the backups.
    package init(exportOf database: String, id: BackupID) {
        self.database = database
        self.id = id
        place = .exports
    }

    /// Names the appliance that writes below this prefix.
    package static let owner = "owner.json"

    /// What all objects of one database begin with.
    package static func folder(of database: String) -> String { "\(database)/" }

    /// What all dumps that somebody asked for begin with.
    package static func exportsFolder(of database: String) -> String { "\(database)/exports/" }

    private var stem: String {
        switch place {
        case .backups: "\(Self.folder(of: database))\(id)"
        case .exports: "\(Self.exportsFolder(of: database))\(id)"
        }
    }

    /// Whether `key` is the name of an object of this backup other than its manifest.
    package func owns(_ key: String) -> Bool {
        key.utf8.starts(with: "\(stem).".utf8) && key != manifest
    }

    /// The names of the dump's objects.
    package func dump(_ format: DumpFormat, _ compression: Compression, isEncrypted: Bool = false) -> DumpKeys {
        DumpKeys(stem: "\(stem).", format, compression, isEncrypted: isEncrypted)
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
