import Model

/// Where links lead to.
enum PathText {
    /// `/databases/shop`
    static func database(_ name: String) -> String { "/databases/\(PathSegment.encode(name))" }

    /// `/channels/ops`
    static func channel(_ name: String) -> String { "/channels/\(PathSegment.encode(name))" }

    /// `/api/v1/backups/dump_20260315-023000/download`
    static func download(ofBackup id: String) -> String { "/api/v1/backups/\(id)/download" }

    /// The same with `?table=orders`; nil for a name that is not UTF-8, which no query holds.
    static func download(ofBackup id: String, table: SQLText) -> String? {
        String(validating: table.bytes, as: UTF8.self).map { name in
            "\(download(ofBackup: id))?table=\(PathSegment.encode(name))"
        }
    }
}
