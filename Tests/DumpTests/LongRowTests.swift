import Foundation
import Model
import Pipeline
import SQLite
import Storage
import TestSupport
import Testing

@testable import Dump

@Suite("A row that makes a longer statement than SQLite reads")
struct LongRowTests {
    @Test("is refused as SQL, with what helps, and written in any other format", arguments: DumpFormat.allCases)
    func formats(_ format: DumpFormat) async throws {
        try await withTemporaryDirectory { path in
            let source = path + "/source.db"
            try Database(path: source, access: .create).execute(
                "CREATE TABLE t(a); INSERT INTO t VALUES (1), (randomblob(300000))")
            try FileManager.default.createDirectory(atPath: path + "/work", withIntermediateDirectories: true)
            let options = Export.Options(
                snapshot: SnapshotOptions(
                    method: .copy, breathing: Breathing(work: .seconds(60), pause: .zero), busyTimeout: .seconds(10),
                    maximumLock: .seconds(10)),
                format: format, chunkRows: 50, exclude: [], compression: .none, partSize: 5 << 20,
                uploadConcurrency: 1, tool: "test")
            let export = Export(
                source: BriefFile(file: SQLiteFile(path: source), longest: 400_000),
                store: try DirectoryStore(path: path + "/store"), keys: try ExportedDump.keys(format),
                workDirectory: path + "/work", options: options, progress: RunProgress(), keepingAfter: { _ in false })
            guard format == .sql else {
                let result = try await export.run()
                #expect(result.tables.map(\.rows) == [2])
                return
            }
            let error = await #expect(throws: NightjarError.self) { _ = try await export.run() }
            #expect(error?.message.contains("row 2 of table t makes ") == true, "\(error?.message ?? "")")
            let hint = error?.hint ?? ""
            for advice in ["`format: csv`", "`format: json`", "`exclude: [t]`"] {
                #expect(hint.contains(advice), "\(hint)")
            }
        }
    }
}

/// A SQLite file, read by a SQLite that takes no long statements.
private struct BriefFile: ExportSource {
    let file: SQLiteFile
    let longest: Int32

    var name: String { file.name }
    var identity: String { file.identity }
    var expectedBytes: Int64 { file.expectedBytes }

    func takeSnapshot(
        in folder: String, options: SnapshotOptions, exclude: [Glob], cancellation: Cancellation, progress: RunProgress
    ) throws -> Snapshot {
        let snapshot = try file.takeSnapshot(
            in: folder, options: options, exclude: exclude, cancellation: cancellation, progress: progress)
        snapshot.database.setLimit(.sqlLength, to: longest)
        return snapshot
    }

    func explain(_ error: SQLiteError) -> NightjarError { file.explain(error) }
    func hasBegun(in folder: String) -> Bool { file.hasBegun(in: folder) }
}
