import Model
import SQLite

/// A value that stands where another was expected.
struct UnreadableValue: Error, CustomStringConvertible {
    let description: String
}

/// The columns of one row, read from left to right.
struct Columns {
    private let statement: Statement
    private var next = 0

    init(_ statement: Statement) {
        self.statement = statement
    }

    private mutating func take() -> SQLValue {
        defer { next += 1 }
        return statement.value(at: next)
    }

    mutating func optionalInteger() throws -> Int64? {
        switch take() {
        case .null: return nil
        case .integer(let integer): return integer
        case let other: throw unreadable(other)
        }
    }

    mutating func optionalReal() throws -> Double? {
        switch take() {
        case .null: return nil
        case .real(let real): return real
        case let other: throw unreadable(other)
        }
    }

    private mutating func optionalBytes() throws -> [UInt8]? {
        switch take() {
        case .null: return nil
        case .text(let bytes): return bytes
        case let other: throw unreadable(other)
        }
    }

    mutating func optionalText() throws -> String? {
        try optionalBytes().map { String(decoding: $0, as: UTF8.self) }
    }

    mutating func optionalTime() throws -> Timestamp? {
        try optionalInteger().map { Timestamp(seconds: $0) }
    }

    mutating func optionalBackupID() throws -> BackupID? {
        guard let bytes = try optionalBytes() else { return nil }
        guard let id = BackupID(stored: bytes) else { throw unreadable(.text(bytes)) }
        return id
    }

    /// A case of an enumeration, by its raw value.
    mutating func optionalChoice<Choice: RawRepresentable>() throws -> Choice? where Choice.RawValue == String {
        guard let text = try optionalText() else { return nil }
        guard let choice = Choice(rawValue: text) else { throw unreadable(.text(text)) }
        return choice
    }

    mutating func integer() throws -> Int64 { try required { try $0.optionalInteger() } }
    mutating func real() throws -> Double { try required { try $0.optionalReal() } }
    mutating func text() throws -> String { try required { try $0.optionalText() } }
    mutating func time() throws -> Timestamp { try required { try $0.optionalTime() } }
    mutating func backupID() throws -> BackupID { try required { try $0.optionalBackupID() } }
    mutating func boolean() throws -> Bool { try integer() != 0 }

    mutating func choice<Choice: RawRepresentable>() throws -> Choice where Choice.RawValue == String {
        try required { try $0.optionalChoice() }
    }

    private mutating func required<Value>(_ read: (inout Columns) throws -> Value?) throws -> Value {
        guard let value = try read(&self) else { throw unreadable(.null) }
        return value
    }

    /// The column that was taken last.
    private func unreadable(_ value: SQLValue) -> UnreadableValue {
        let found =
            switch value {
            case .null: "nothing"
            case .integer(let integer): "\(integer)"
            case .real(let real): "\(real)"
            case .text(let bytes): "'\(String(decoding: bytes, as: UTF8.self))'"
            case .blob(let bytes): "\(bytes.count) bytes"
            }
        return UnreadableValue(description: "\(found) in column \(next)")
    }
}
