import Dump
import Model
import SQLite

/// The schema of a remote database, and what else the service tells of it.
package struct RemoteSchema: Sendable {
    /// In the order in which they were made; without those that are excluded or that the service does not let be read.
    package var objects: [Manifest.SchemaObject]
    /// The tables among `objects` whose rows can be read.
    package var tables: [RemoteTable]
    package var virtualTables: [SQLText]
    package var excluded: [Manifest.Excluded]
    /// What is missing because the service does not let it be read; one sentence each.
    package var notes: [String]
    /// `UTF-8`, `UTF-16le` or `UTF-16be`.
    package var encoding: String
    /// nil where the service does not tell, as with all that follow.
    package var pageSize: Int?
    package var pageCount: Int64?
    package var userVersion: Int?
    package var applicationID: Int?
    /// 0 none, 1 full, 2 incremental.
    package var autoVacuum: Int?
    package var sqliteVersion: String?
    /// Of the text of all objects that are not excluded, be they readable or not. The tables follow from it.
    package var objectsFingerprint = ""

    /// The same as long as nobody changes the objects that are not excluded, and they are read in the same way.
    package var fingerprint: String {
        var parts = [encoding] + objects.flatMap(\.fingerprintParts)
        for table in tables {
            parts += [Hex.encode(table.name.bytes), "\(table.key)", "\(table.columns.count)"]
            parts += table.columns.map { Hex.encode($0.name.bytes) }
        }
        return Fingerprint.of(parts)
    }

    /// - Parameter exclude: What to leave out, as an export of a file does.
    /// - Throws: `RemoteError`; `NightjarError` where a table cannot be read, or the schema changes all the time.
    package static func read(_ caller: RemoteCaller, exclude: [Glob]) throws -> RemoteSchema {
        try SchemaReader(caller: caller, exclude: exclude).read()
    }

    /// What `objectsFingerprint` is now: `read` takes a request for each table, and this one none.
    /// - Throws: `RemoteError`.
    package static func objectsFingerprint(_ caller: RemoteCaller, exclude: [Glob]) throws -> String {
        try SchemaReader(caller: caller, exclude: exclude).objectsFingerprint()
    }
}

extension Manifest.SchemaObject {
    var fingerprintParts: [String] { [type] + [name, table, sql].map { Hex.encode($0.bytes) } }
}
