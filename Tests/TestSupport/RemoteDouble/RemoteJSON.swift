import Foundation
import Glibc
import Model
import SQLite

/// Values as the services write them into their answers: each loses what it loses.
enum RemoteJSON {
    /// The current row as an array.
    static func appendArray(_ row: SQLite.Statement, _ service: RemoteService, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "["))
        for column in 0..<row.columnCount {
            if column > 0 { bytes.append(UInt8(ascii: ",")) }
            append(row, column, service, to: &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// The current row as an object: of columns with the same name the last one is left.
    static func appendObject(_ row: SQLite.Statement, _ service: RemoteService, to bytes: inout [UInt8]) {
        let names = (0..<row.columnCount).map { row.columnName(at: $0) }
        var isFirst = true
        bytes.append(UInt8(ascii: "{"))
        for (column, name) in names.enumerated() where !names[(column + 1)...].contains(name) {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            append(text: name, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            append(row, column, service, to: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private static func append(
        _ row: SQLite.Statement, _ column: Int, _ service: RemoteService, to bytes: inout [UInt8]
    ) {
        let value = row.value(at: column)
        if service == .libsql {
            appendTyped(value, row, column, to: &bytes)
            return
        }
        switch value {
        case .null: bytes += "null".utf8
        case .integer(let integer): bytes += number(Double(integer)).utf8
        case .real(let real): bytes += number(real).utf8
        case .text: append(text: String(decoding: row.utf8(at: column), as: UTF8.self), to: &bytes)
        case .blob(let blob) where service == .d1:
            bytes += "[\(blob.map { String($0) }.joined(separator: ","))]".utf8
        case .blob: bytes += "{}".utf8
        }
    }

    /// Hrana's values: <https://github.com/tursodatabase/libsql/blob/main/docs/HRANA_3_SPEC.md#values>.
    private static func appendTyped(
        _ value: SQLValue, _ row: SQLite.Statement, _ column: Int, to bytes: inout [UInt8]
    ) {
        switch value {
        case .null: bytes += #"{"type":"null"}"#.utf8
        case .integer(let integer): bytes += #"{"type":"integer","value":"\#(integer)"}"#.utf8
        case .real(let real): bytes += #"{"type":"float","value":\#(real.isFinite ? "\(real)" : "null")}"#.utf8
        case .text:
            bytes += #"{"type":"text","value":"#.utf8
            append(text: String(decoding: row.utf8(at: column), as: UTF8.self), to: &bytes)
            bytes.append(UInt8(ascii: "}"))
        case .blob(let blob):
            let padded = Data(blob).base64EncodedString()
            bytes += #"{"type":"blob","base64":"\#(padded.prefix { $0 != "=" })"}"#.utf8
        }
    }

    /// As JavaScript writes numbers: without the sign of zero, and without infinities.
    static func number(_ value: Double) -> String {
        guard value.isFinite else { return "null" }
        guard value != 0 else { return "0" }
        let text = "\(value)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// What has to be escaped; a NUL ends a search as well.
    private static let special: String = (UInt8(1)...0x1F).reduce("\"\\") { $0 + String(Unicode.Scalar($1)) }

    static func append(text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        defer { bytes.append(UInt8(ascii: "\"")) }
        // Nearly all of it is hexadecimal, and some of it long.
        if strcspn(text, special) == text.utf8.count {
            bytes += text.utf8
            return
        }
        let digits = Array("0123456789abcdef".utf8)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0x0A: bytes += "\\n".utf8
            case 0x0D: bytes += "\\r".utf8
            case 0x09: bytes += "\\t".utf8
            case 0..<0x20:
                bytes += "\\u00".utf8
                bytes += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
    }

    static func quoted(_ text: String) -> String {
        var bytes: [UInt8] = []
        append(text: text, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
