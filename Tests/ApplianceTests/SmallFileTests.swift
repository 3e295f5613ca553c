import Foundation
import Glibc
import Model
import TestSupport
import Testing

@testable import Appliance

@Suite("A small file on a full disk", .enabled(if: FaultDisk.isAvailable, "mounting is not permitted here"))
struct SmallFileTests {
    @Test("is told of as such where a part of it has room, and nothing of it is left")
    func partOfFile() async throws {
        try await withTemporaryDirectory { path in
            try await FaultDisk.mounted(at: path + "/disk", size: "1m") { disk in
                let file = disk.path + "/facts"
                let bytes = [UInt8](repeating: 7, count: 2 << 20)
                let created = #expect(throws: NightjarError.self) { try SmallFile.create(file, bytes) }
                let replaced = #expect(throws: NightjarError.self) { try SmallFile.replace(file, bytes) }
                for error in [created, replaced] {
                    #expect(error?.message.contains("No space left on device") == true, "\(error?.message ?? "")")
                    #expect(error?.isTransient == true)
                }
                let left = try FileManager.default.contentsOfDirectory(atPath: disk.path)
                #expect(left == [])
            }
        }
    }
}

@Suite("A file of the state directory that nobody wrote to its end")
struct KilledWriteTests {
    @Test("goes as soon as its process is no more")
    func swept() throws {
        try withTemporaryDirectory { folder in
            // No process has so high a number.
            let killed = "appliance.id.2147483646.tmp"
            let others = ["kept.\(getpid()).tmp", "notes.tmp", "2147483646.tmp.txt"]
            for name in [killed] + others {
                #expect(FileManager.default.createFile(atPath: "\(folder)/\(name)", contents: nil))
            }
            _ = try StateDirectory(path: folder)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == others.sorted())
        }
    }
}
