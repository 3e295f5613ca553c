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

/// The snapshot is written down when its copy is on the disk, which may take longer than the export.
func waitForSnapshot(in folder: String) async throws {
    let file = URL(fileURLWithPath: folder + "/journal")
    try await FolderWatch(folder).wait(until: "the snapshot is in the journal") {
        (try? Data(contentsOf: file).contains("\"snapshot\"".utf8)) ?? false
    }
}
