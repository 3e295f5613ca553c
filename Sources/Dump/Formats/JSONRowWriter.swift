import Model
import SQLite

/// Writes a table's rows as objects of JSON: RFC 8259, with an object in place of a value that JSON cannot say.
struct JSONRowWriter: RowFormat {
    /// Where a column's key stands among all keys.
    private struct Key {
        let start: Int
        let length: Int
    }

    /// Longer keys are written by themselves.
    private static let keyRoom = 256
    /// For a key and any value of a fixed length.
    private static let room = keyRoom + RealText.room + DumpOutput.spill

    private let keys: [Key]
    /// `{"id":,"name":`, and behind them as much as may be read with the last one.
    private let keyText: [UInt8]
    private let texts: StoredText
    private let isLines: Bool
    private var isFirst: Bool

    /// - Parameters:
    ///   - isLines: Whether each row is a line by itself, or the table is an array.
    ///   - rowsBefore: Rows of the table that have been written already.
    init(_ layout: TableLayout, encoding: TextEncoding, isLines: Bool, rowsBefore: Int64) {
        var keys: [Key] = []
        var keyText: [UInt8] = []
        for column in layout.columns {
            let start = keyText.count
            keyText.append(UInt8(ascii: keys.isEmpty ? "{" : ","))
            keyText += JSONString.string(FormatNames.text(of: column.name))
            keyText.append(UInt8(ascii: ":"))
            keys.append(Key(start: start, length: keyText.count - start))
        }
        self.keys = keys
        self.keyText = keyText + [UInt8](repeating: 0, count: DumpOutput.spill)
        texts = StoredText(encoding)
        self.isLines = isLines
        isFirst = rowsBefore == 0
    }

    func begin(_ output: inout DumpOutput) throws {
        if !isLines { try output.append("[") }
    }

    @inline(__always)
    mutating func write(_ values: RowBlock.Values, to output: inout DumpOutput) throws {
        if !isLines {
            try output.ensure(2)
            if !isFirst { output.put(UInt8(ascii: ",")) }
            output.put(UInt8(ascii: "\n"))
            isFirst = false
        }
        for index in 0..<values.count {
            try put(keys[index], to: &output)
            switch values[index] {
            case .null: output.put("null")
            case .integer(let integer): output.put(decimal: integer)
            case .real(let real): Self.put(real, to: &output)
            case .text(let bytes): try write(text: bytes, to: &output)
            case .blob(let bytes):
                output.put("{\"$blob\":\"")
                try Self.writeBase64(bytes, to: &output)
            }
        }
        try output.ensure(2)
        output.put(UInt8(ascii: "}"))
        if isLines { output.put(UInt8(ascii: "\n")) }
    }

    func end(_ output: inout DumpOutput) throws {
        if !isLines { try output.append("\n]") }
    }

    /// Writes a key, and makes room behind it for any value of a fixed length.
    @inline(__always)
    private func put(_ key: Key, to output: inout DumpOutput) throws {
        if key.length > Self.keyRoom { try output.append(Array(keyText[key.start..<key.start + key.length])) }
        try output.ensure(Self.room)
        guard key.length <= Self.keyRoom else { return }
        output.put { target in
            keyText.withUnsafeBytes { keyText in
                // Most keys are one word or two.
                var offset = 0
                repeat {
                    let word = keyText.loadUnaligned(fromByteOffset: key.start &+ offset, as: UInt64.self)
                    target.storeBytes(of: word, toByteOffset: offset, as: UInt64.self)
                    offset &+= 8
                } while offset < key.length
            }
            return key.length
        }
    }

    @inline(__always)
    private static func put(_ real: Double, to output: inout DumpOutput) {
        if real.isFinite {
            RealText.put(real, to: &output)
        } else if real < 0 {
            output.put("{\"$real\":\"-Infinity\"}")
        } else {
            output.put("{\"$real\":\"Infinity\"}")
        }
    }

    // MARK: Text

    @inline(__always)
    private func write(text stored: UnsafeRawBufferPointer, to output: inout DumpOutput) throws {
        guard let text = texts.utf8(stored) else { return try Self.write(bytes: stored, to: &output) }
        guard text.count <= DumpOutput.pieceSize else { return try Self.write(long: text, stored: stored, to: &output) }
        try output.ensure(JSONString.growth * text.count + 2 + DumpOutput.spill)
        if !output.attempt({ JSONString.write(text, to: $0) }) { try Self.write(bytes: stored, to: &output) }
    }

    @inline(never)
    private static func write(
        long text: UnsafeRawBufferPointer, stored: UnsafeRawBufferPointer, to output: inout DumpOutput
    ) throws {
        guard UTF8Check.isValid(text) else { return try write(bytes: stored, to: &output) }
        try output.append("\"")
        try output.write(inPieces: text, growth: JSONString.growth) { JSONString.escape($0, to: $1).length }
        try output.append("\"")
    }

    /// Text that only its bytes bring back.
    @inline(never)
    private static func write(bytes: UnsafeRawBufferPointer, to output: inout DumpOutput) throws {
        try output.append("{\"$text\":\"")
        try writeBase64(bytes, to: &output)
    }

    /// Writes bytes, and the end of the string and of the object around them.
    @inline(__always)
    private static func writeBase64(_ bytes: UnsafeRawBufferPointer, to output: inout DumpOutput) throws {
        try output.write(inPieces: bytes, growth: 2) { Base64Table.write($0, to: $1) }
        try output.ensure(2)
        output.put("\"}")
    }
}
