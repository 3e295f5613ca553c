import Pipeline
import Testing

@testable import Restore

@Suite struct StatementSplitterTests {
    private static let script = """
        PRAGMA foreign_keys=OFF;
        CREATE TABLE "a;b"(x DEFAULT ';' /* ; *//* ' */, [c;d], `e;f`); -- ;
        INSERT INTO "a;b" VALUES('it''s;
        ;'),(X'3b3b');
        CREATE TRIGGER r AFTER INSERT ON "a;b" BEGIN SELECT 1; SELECT ';'; END;
        COMMIT;
        """

    @Test("Text is cut only behind whole statements, however it comes in", arguments: 1...40)
    func cuts(pieceSize: Int) {
        let bytes = Array(Self.script.utf8)
        var block = ByteBlock(capacity: 16)
        var splitter = StatementSplitter()
        var taken: [String] = []
        for start in stride(from: 0, to: bytes.count, by: pieceSize) {
            block.append(Array(bytes[start..<min(start + pieceSize, bytes.count)]))
            guard let boundary = splitter.lastBoundary(in: block) else { continue }
            taken.append(String(decoding: block.bytes[..<boundary], as: UTF8.self))
            let tail = ByteBlock(capacity: 16)
            tail.append(Array(block.bytes[boundary...]))
            block = tail
            splitter.removed(boundary)
        }
        #expect(taken.joined() + String(decoding: block.bytes, as: UTF8.self) == Self.script)
        let ends = ["OFF;", "`e;f`);", "(X'3b3b');", "END;", "COMMIT;"]
        for piece in taken { #expect(ends.contains { piece.hasSuffix($0) }, "cut behind \(piece.suffix(30))") }
    }
}
