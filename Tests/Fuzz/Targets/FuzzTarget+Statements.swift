import SQLite

@testable import Restore

extension FuzzTarget {
    /// Text is cut where SQLite says that a statement is whole, and nowhere else, in whichever pieces it comes.
    static let statements = FuzzTarget(name: "statements") { bytes in
        var cuts: [Int] = []
        var splitter = StatementSplitter()
        bytes.withUnsafeBytes { text in
            while let end = splitter.nextBoundary(in: text) { cuts.append(end) }
        }
        for size in [1, 3, 64] {
            var splitter = StatementSplitter()
            let pieces = wholePieces(
                of: bytes, by: size, boundary: { splitter.lastBoundary(in: $0) }, removed: { splitter.removed($0) })
            try require(pieces.flatMap { $0 } == bytes, "cut into pieces of \(size) bytes, it is another text")
            var end = 0
            for piece in pieces.dropLast() {
                end += piece.count
                try require(cuts.contains(end), "in pieces of \(size) bytes it is cut behind byte \(end - 1), too")
            }
        }

        // SQLite's own answer ends at a NUL, and knows EXPLAIN CREATE TRIGGER, which no dump holds.
        guard !bytes.contains(0), !String(decoding: bytes, as: UTF8.self).lowercased().contains("explain") else {
            return
        }
        var start = 0
        for end in bytes.indices where bytes[end] == UInt8(ascii: ";") {
            let isWhole = SQLiteLibrary.isComplete(Array(bytes[start...end]))
            let isCut = cuts.contains(end + 1)
            try require(
                isWhole == isCut,
                "behind byte \(end) \(isCut ? "it is cut" : "it is not cut"), and SQLite says otherwise")
            if isCut { start = end + 1 }
        }
    }
}
