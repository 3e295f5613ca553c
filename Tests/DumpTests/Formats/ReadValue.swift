@testable import Restore

/// A copy of a value that a reader of rows handed out. Doubles are equal where their bits are.
enum ReadValue: Equatable, Sendable {
    case null
    case integer(Int64)
    case bits(UInt64)
    case text([UInt8])
    case storedText([UInt8])
    case blob([UInt8])

    init(_ value: DumpValue) {
        self =
            switch value {
            case .null: .null
            case .integer(let integer): .integer(integer)
            case .real(let real): .real(real)
            case .text(let bytes): .text(Array(bytes))
            case .storedText(let bytes): .storedText(Array(bytes))
            case .blob(let bytes): .blob(Array(bytes))
            }
    }

    static func real(_ real: Double) -> ReadValue { .bits(real.bitPattern) }
    static func text(_ text: String) -> ReadValue { .text(Array(text.utf8)) }
}
