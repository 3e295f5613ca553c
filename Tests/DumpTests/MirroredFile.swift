import Foundation
import Model
import Pipeline
import SQLite
import Synchronization

@testable import Dump

/// A source that hands out the copy of a SQLite file as a remote one hands out what it has read.
final class MirroredFile: ExportSource {
    struct Cut: Error {}

    private struct State {
        var takes = 0
        var isCut = false
        var foundMirror = false
    }

    let path: String
    let consistency: Consistency
    let identity: String
    private let state = Mutex(State())

    init(path: String, consistency: Consistency, identity: String = "libsql https://db.example.com") {
        self.path = path
        self.consistency = consistency
        self.identity = identity
    }

    var name: String { "libSQL at db.example.com" }
    var expectedBytes: Int64 { 0 }
    /// How often a snapshot was asked for.
    var takes: Int { state.withLock { $0.takes } }
    /// Whether the last one found what an earlier one had left.
    var foundMirror: Bool { state.withLock { $0.foundMirror } }

    /// The next snapshot ends in the middle.
    func cutNext() { state.withLock { $0.isCut = true } }

    func takeSnapshot(
        in folder: String, options: SnapshotOptions, exclude: [Glob], cancellation: Cancellation, progress: RunProgress
    ) throws -> Snapshot {
        let begun = Timestamp.now
        let isCut = state.withLock { state in
            state.takes += 1
            state.foundMirror = hasBegun(in: folder)
            defer { state.isCut = false }
            return state.isCut
        }
        if isCut {
            for suffix in ["", "-wal"] { try Data("rows".utf8).write(to: Self.mirror(in: folder, suffix)) }
            throw Cut()
        }
        try FileManager.default.copyItem(atPath: path, toPath: "\(folder)/\(RunFiles.snapshot)")
        return try Snapshot(
            mirrorIn: folder,
            facts: Manifest.SnapshotFacts(method: .mirror, consistency: consistency, begunAt: begun, takenAt: .now),
            origin: Snapshot.Origin(
                kind: "libsql", journalMode: "wal", sqliteVersion: "3.45.1", notes: ["words could not be read."],
                excluded: [Manifest.Excluded(name: "_cf_KV", pattern: "_cf_*")]))
    }

    func explain(_ error: SQLiteError) -> NightjarError { NightjarError(.io, "\(name): \(error)") }

    func hasBegun(in folder: String) -> Bool {
        FileManager.default.fileExists(atPath: Self.mirror(in: folder).path)
    }

    static func mirror(in folder: String, _ suffix: String = "") -> URL {
        URL(fileURLWithPath: "\(folder)/\(RunFiles.mirror)\(suffix)")
    }
}
