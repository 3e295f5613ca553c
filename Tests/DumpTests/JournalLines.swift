import Foundation
import TestSupport
import Testing

@testable import Dump

/// A journal's records, each with its line.
func journalLines(in folder: String) throws -> [(record: ExportJournal.Record, line: Data)] {
    let lines = try Data(contentsOf: URL(fileURLWithPath: folder + "/journal")).split(separator: UInt8(ascii: "\n"))
    var reader = try #require(JournalReader(folder: folder))
    defer { reader.close() }
    var records: [ExportJournal.Record] = []
    while let record = reader.next() { records.append(record) }
    try #require(records.count == lines.count)
    return Array(zip(records, lines))
}

/// The disk has a snapshot's copy later than the kernel, perhaps later than the export has ended.
func waitForSnapshotOnDisk(in folder: String) async throws {
    try await FolderWatch(folder).wait(until: "the disk has the snapshot") {
        (try? journalLines(in: folder).contains { line in
            if case .snapshot(let record) = line.record { record.memory == nil } else { false }
        }) ?? false
    }
}
