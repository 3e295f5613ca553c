import Model
import SQLite

/// What `ValueEncoding` made of a value.
enum EncodedValue: Equatable {
    /// The type and the number of bytes of text or a blob.
    struct Extent: Equatable {
        let isText: Bool
        let length: Int
    }

    case value(SQLValue)
    case extent(Extent)

    /// SQLite's own limit of a value: https://www.sqlite.org/limits.html.
    private static let lengths = 0...Int(Int32.max)

    /// - Returns: nil where the text is none of an encoding.
    init?(_ text: ArraySlice<UInt8>) {
        guard let letter = text.first else { return nil }
        let rest = text.dropFirst()
        switch letter {
        case UInt8(ascii: "t"):
            guard let bytes = Hex.decode(rest) else { return nil }
            self = .value(.text(bytes))
        case UInt8(ascii: "x"):
            guard let bytes = Hex.decode(rest) else { return nil }
            self = .value(.blob(bytes))
        case UInt8(ascii: "i"):
            guard let integer = Int64(String(decoding: rest, as: UTF8.self)) else { return nil }
            self = .value(.integer(integer))
        case UInt8(ascii: "r"):
            guard let real = Self.real(String(decoding: rest, as: UTF8.self)) else { return nil }
            self = .value(.real(real))
        case UInt8(ascii: "T"), UInt8(ascii: "X"):
            guard let length = Int(String(decoding: rest, as: UTF8.self)), Self.lengths.contains(length) else {
                return nil
            }
            self = .extent(Extent(isText: letter == UInt8(ascii: "T"), length: length))
        default: return nil
        }
    }

    /// What no number of JSON says.
    private static func real(_ text: String) -> Double? {
        switch text {
        case "+": Double.infinity
        case "-": -Double.infinity
        case "0": 0.0
        case "-0": -0.0
        default: nil
        }
    }
}

extension RemoteAnswer {
    /// - Throws: `RemoteError` where the cell is not what a `ValueEncoding` asks for.
    func encoded(_ row: Int, _ column: Int) throws -> EncodedValue {
        switch cell(row, column) {
        case .null: return .value(.null)
        case .number(let range):
            // One that is too large for a REAL is none of SQLite's: infinities come as text.
            if let real = Double(String(decoding: body[range], as: UTF8.self)), real.isFinite {
                return .value(.real(real))
            }
        case .text(let range, let isPlain):
            let text = isPlain ? body[range] : (self.text(row, column) ?? [])[...]
            if let value = EncodedValue(text) { return value }
        }
        throw RemoteError(.malformed, "a value of the answer is not written as it was asked for")
    }

    /// - Throws: `RemoteError` where the cell is not what a `ValueEncoding` asks for.
    func value(_ row: Int, _ column: Int) throws -> SQLValue {
        guard case .value(let value) = try encoded(row, column) else {
            throw RemoteError(.malformed, "a value of the answer is a length, which was not asked for")
        }
        return value
    }

    /// A value that was asked for as it is: text, or a number's digits; nil for NULL.
    func plain(_ row: Int, _ column: Int) -> String? {
        switch cell(row, column) {
        case .null: nil
        case .number(let range): String(decoding: body[range], as: UTF8.self)
        case .text: text(row, column).map { String(decoding: $0, as: UTF8.self) }
        }
    }

    /// A small integer that was asked for as it is, be it written as JavaScript writes it; nil where it is none.
    func integer(_ row: Int, _ column: Int) -> Int64? {
        plain(row, column).flatMap { text in Int64(text) ?? Double(text).flatMap { Int64(exactly: $0) } }
    }

    /// - Throws: `RemoteError` where the answer has rows of less than this many columns.
    func expecting(columns: Int) throws -> RemoteAnswer {
        guard rowCount == 0 || columnCount >= columns else {
            throw RemoteError(.malformed, "the answer has \(columnCount) columns, not \(columns)")
        }
        return self
    }
}
