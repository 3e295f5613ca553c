import Model
import SQLite
import TestSupport
import Testing

@testable import Dump

@Suite("The head of a dump")
struct DumpHeadTests {
    @Test(
        "is what its manifest says, so that nobody has to fetch it for a table",
        arguments: ["UTF-8", "UTF-16le", "UTF-16be"], [true, false])
    func fromManifest(encoding: String, includesSchema: Bool) async throws {
        try await withTemporaryDirectory { path in
            let source = try Database(path: path + "/source.db", access: .create)
            try source.execute(
                "PRAGMA encoding = '\(encoding)'; PRAGMA page_size = 16384; PRAGMA auto_vacuum = 2;"
                    + "CREATE TABLE t(a); INSERT INTO t VALUES ('one')")
            let dump = try await ExportedDump(of: path + "/source.db", in: path, .none) { options in
                options.includesSchema = includesSchema
            }
            let head = DumpHead(of: dump.manifest).text
            let text = String(decoding: try dump.stored, as: UTF8.self)
            #expect(text.hasPrefix(head))
            #expect(dump.manifest.tables.first?.range.offset == Int64(head.utf8.count))
        }
    }
}
