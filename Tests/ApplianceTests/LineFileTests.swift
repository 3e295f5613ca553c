import Foundation
import Model
import TestSupport
import Testing

@testable import Appliance

@Suite("Lines of the state directory")
struct LineFileTests {
    @Test("are added once, each on its own")
    func adding() throws {
        try withTemporaryDirectory { folder in
            let file = LineFile(path: folder + "/lines")
            #expect(!file.contains("a"))
            for text in ["a", "b\nc", "a"] { try file.add(text) }
            #expect(file.lines == ["a", "b c"])
            #expect(file.contains("b\nc"))
        }
    }

    @Test("are told from one that was not written to its end")
    func cut() throws {
        try withTemporaryDirectory { folder in
            let file = LineFile(path: folder + "/lines")
            try Data("s3://bucket/a\ns3://buc".utf8).write(to: URL(fileURLWithPath: file.path))
            try file.add("s3://bucket/b")
            #expect(file.contains("s3://bucket/a") && file.contains("s3://bucket/b"))
        }
    }

    @Test("that cannot be kept are told with their reason", .enabled(if: FaultDisk.isAvailable))
    func full() async throws {
        try await withTemporaryDirectory { folder in
            try await FaultDisk.mounted(at: folder + "/disk", size: "16k") { disk in
                let file = LineFile(path: disk.path + "/lines")
                try file.add("first")
                // The disk takes a part of it.
                let error = #expect(throws: NightjarError.self) { try file.add(String(repeating: "x", count: 40_000)) }
                #expect(error?.message.contains("No space left on device") == true, "\(error?.message ?? "")")
                #expect(file.contains("first"))
            }
        }
    }
}
