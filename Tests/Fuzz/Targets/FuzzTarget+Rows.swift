@testable import Restore

extension FuzzTarget {
    /// A table's CSV gives the same rows at once and cut behind whole records, or is refused both times.
    static let csv = FuzzTarget(name: "csv") { bytes in
        let names = ["n", "t"].map { Array($0.utf8) }
        func reading() -> RowReading {
            var reader = CSVRowReader(names: names, keepsText: [false, true])
            return RowReading(
                read: { block, note in try reader.read(block) { note(0, $0) } }, finish: { try reader.finish() })
        }
        try compare(bytes, cut: .csv, reading)
    }

    /// The same of JSON: a document, an array or lines, as the first byte says.
    static let json = FuzzTarget(name: "json") { bytes in
        let table = JSONRowReader.Table(name: Array("t".utf8), columns: ["a", "b"].map { Array($0.utf8) })
        let other = JSONRowReader.Table(name: Array("u".utf8), columns: [Array("a".utf8)])
        let shape: JSONRowReader.Shape =
            switch (bytes.first ?? 0) % 3 {
            case 0: .document([table, other])
            case 1: .array(table)
            default: .lines(table)
            }
        func reading() -> RowReading {
            var reader = JSONRowReader(shape)
            return RowReading(read: { block, note in try reader.read(block, note) }, finish: { try reader.finish() })
        }
        try compare(Array(bytes.dropFirst()), cut: .lines, reading)
    }

    private struct RowReading {
        typealias Note = (_ table: Int, _ values: UnsafeMutableBufferPointer<DumpValue>) -> Void

        let read: (UnsafeMutableRawBufferPointer, Note) throws -> Void
        let finish: () throws -> Void

        /// All rows as text; nil where they are refused.
        func rows(_ blocks: [[UInt8]]) throws -> [String]? {
            var rows: [String] = []
            do {
                for var block in blocks {
                    try block.withUnsafeMutableBytes { bytes in
                        try read(bytes) { table, values in rows.append("\(table): \(values.map { Self.text($0) })") }
                    }
                }
                try finish()
                return rows
            } catch let error as RowTextError {
                try requirePrintable(error.reason)
                return nil
            }
        }

        /// With all bits, and what it points to.
        private static func text(_ value: DumpValue) -> String {
            switch value {
            case .null: "null"
            case .integer(let integer): "integer \(integer)"
            case .real(let real): "real \(real.bitPattern)"
            case .text(let bytes): "text \(Array(bytes))"
            case .storedText(let bytes): "stored text \(Array(bytes))"
            case .blob(let bytes): "blob \(Array(bytes))"
            }
        }
    }

    private static func compare(
        _ text: [UInt8], cut: RowSplitter.Rows, _ reading: () -> RowReading
    ) throws {
        guard let rows = try reading().rows([text]) else { return }
        for size in [1, 5, 32] {
            var splitter = RowSplitter(cut)
            let blocks = wholePieces(
                of: text, by: size, boundary: { splitter.lastBoundary(in: $0) }, removed: { splitter.removed($0) })
            try require(blocks.flatMap { $0 } == text, "cut into pieces of \(size) bytes, it is another text")
            try require(try reading().rows(blocks) == rows, "cut into pieces of \(size) bytes, it has other rows")
        }
    }
}
