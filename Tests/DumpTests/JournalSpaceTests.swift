import Foundation
import Model
import TestSupport
import Testing

@testable import Dump

@Suite(
    "An export's journal on a full disk", .enabled(if: FaultDisk.isAvailable, "mounting is not permitted here"))
struct JournalSpaceTests {
    @Test("says that it lacks space where a part of a record has room, and keeps what stands before it")
    func partOfRecord() async throws {
        try await withTemporaryDirectory { path in
            try await FaultDisk.mounted(at: path + "/work", size: "1m") { disk in
                let journal = try ExportJournal(
                    in: disk.path,
                    identity: .init(
                        key: "shop", source: "/shop.db", chunkRows: 1, exclude: [], compression: "none", versions: []),
                    partSize: 5 << 20)
                let file = disk.path + "/" + ExportJournal.fileName
                let before = FileManager.default.contents(atPath: file)
                let head = [UInt8](repeating: 1, count: 2 << 20)
                let error = #expect(throws: NightjarError.self) { try journal.objectBegun("shop", head: head) }
                #expect(error?.lacksSpace == true, "\(error?.message ?? "")")
                #expect(before?.isEmpty == false)
                #expect(FileManager.default.contents(atPath: file) == before)
            }
        }
    }
}
