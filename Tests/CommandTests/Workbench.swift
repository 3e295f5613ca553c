import Foundation
import Glibc
import Model
import SQLite
import TestSupport
import Testing

/// A folder with a configuration, a store, a scratch directory and one source, for driving `nightjar` like a person.
struct Workbench: Sendable {
    /// The key of the source in the configuration.
    static let database = "shop"

    let path: String

    var source: String { path + "/data/shop.db" }
    var store: String { path + "/store" }
    var scratch: String { path + "/scratch" }
    var state: String { path + "/state" }
    /// Where a daemon would be asked.
    var controlSocket: String { state + "/control.sock" }
    var configuration: String { path + "/nightjar.yaml" }
    /// An empty folder for what a restore makes.
    var target: String { path + "/target" }

    init(path: String) throws {
        self.path = path
        for folder in ["data", "store", "scratch", "state", "target"] {
            guard mkdir("\(path)/\(folder)", 0o700) == 0 else {
                throw CommandError("mkdir \(path)/\(folder): \(String(cString: strerror(errno)))")
            }
        }
        try configure()
    }

    /// Writes the configuration.
    /// - Parameter settings: Further keys of the database's entry, a line each.
    func configure(_ settings: [String] = []) throws {
        let lines =
            [
                "state_dir: \"\(state)\"", "scratch_dir: \"\(scratch)\"",
                "stores:", "  disk: {type: directory, path: \"\(store)\"}",
                "databases:", "  \(Self.database):", "    sqlite: \"\(source)\"",
            ] + settings.map { "    \($0)" }
        try write(lines.joined(separator: "\n") + "\n", to: configuration)
    }

    func write(_ text: String, to file: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
    }

    /// Runs a script on the source, which is made if it is missing.
    func makeSource(_ sql: String) throws {
        let database = try Database(path: source, access: .create)
        try database.execute(sql)
    }

    /// A table of so many rows with text that does not compress to nothing.
    static func script(rows: Int) -> String {
        """
        CREATE TABLE items(id INTEGER PRIMARY KEY, name TEXT, data BLOB);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(rows))
          INSERT INTO items SELECT i, 'item ' || i, randomblob(200) FROM n;
        CREATE TABLE notes(id INTEGER PRIMARY KEY, text TEXT); INSERT INTO notes(text) VALUES ('first'), ('second');
        CREATE INDEX by_name ON items(name);
        """
    }

    /// `nightjar --config … ARGUMENTS`
    func nightjar(
        _ arguments: String..., output: String? = nil, asUser user: TestUser? = nil,
        executable: String = CommandLineTool.path
    ) async throws -> RunningCommand.Outcome {
        try await CommandLineTool.run(
            ["--config", configuration] + arguments, output: output, asUser: user, executable: executable)
    }

    /// Backs the source up, which has to succeed.
    /// - Returns: What the command says of the one run.
    @discardableResult
    func backUp(sourceLocation: SourceLocation = #_sourceLocation) async throws -> BackupAnswer.Result {
        let outcome = try await nightjar("backup", Self.database, "--json")
        try #require(outcome.exitCode == 0, "\(outcome)", sourceLocation: sourceLocation)
        let answer = try outcome.answer(BackupAnswer.self)
        return try #require(answer.results.first, sourceLocation: sourceLocation)
    }

    /// The manifest of a backup, read from the store.
    func manifest(of id: String) throws -> Manifest {
        let name = manifestPath(of: id)
        return try ManifestDocument.decode(Self.bytes(of: name), name: name)
    }

    /// Has a backup's manifest name another moment of its state.
    func setMoment(of id: String, to time: Timestamp) throws {
        try setManifest(of: id) { manifest in
            manifest.snapshot.begunAt = time
            manifest.snapshot.takenAt = time
        }
    }

    /// Has a backup's manifest say something else.
    func setManifest(of id: String, _ edit: (inout Manifest) -> Void) throws {
        var manifest = try manifest(of: id)
        edit(&manifest)
        try Data(ManifestDocument.encode(manifest)).write(to: URL(fileURLWithPath: manifestPath(of: id)))
    }

    /// Has the catalog forget which manifests were written, as one does that was lost: it would tell them from forged ones.
    func forgetManifests() throws {
        try Database(path: state + "/catalog.db", access: .readWrite).execute(
            "UPDATE backups SET manifest_hash = NULL")
    }

    func manifestPath(of id: String) -> String { "\(store)/\(Self.database)/\(id).manifest.json" }

    /// Where a backup's object lies.
    func objectPath(_ object: Manifest.StoredObject) -> String { "\(store)/\(object.key)" }

    static func bytes(of file: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
    }

    /// All files and folders below a folder, as relative paths in order.
    static func contents(of folder: String) -> [String] {
        let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return names.sorted()
    }

    /// The data objects, manifests and temporary files of the store: everything but the appliance's own mark and its
    /// configuration.
    var objects: [String] {
        Self.contents(of: store).filter {
            $0 != "owner.json" && $0 != Self.database && $0 != "appliance" && !$0.hasPrefix("appliance/")
        }
    }

    /// What a command left where it should have left nothing.
    var leftovers: [String] { Self.contents(of: scratch) }

    static func exists(_ path: String) -> Bool { FileStatus(path) != nil }
}

/// Runs `body` with a workbench of its own, as soon as there is room for a heavy test.
func withWorkbench(_ body: (Workbench) async throws -> Void) async throws {
    try await withTestSlot {
        try await withTemporaryDirectory { path in
            let bench = try Workbench(path: path)
            try await body(bench)
        }
    }
}
