import SQLite

extension RemoteKey {
    private static let null = UInt8(ascii: "n")
    private static let integer = UInt8(ascii: "i")
    private static let real = UInt8(ascii: "r")
    private static let text = UInt8(ascii: "t")
    private static let blob = UInt8(ascii: "b")

    /// As a stage keeps it: a letter for each value, behind it the number or the length in eight little-endian bytes,
    /// and the bytes themselves.
    var stored: [UInt8] {
        var stored: [UInt8] = []
        for value in values {
            switch value {
            case .null: stored.append(Self.null)
            case .integer(let integer): Self.append(Self.integer, UInt64(bitPattern: integer), to: &stored)
            case .real(let real): Self.append(Self.real, real.bitPattern, to: &stored)
            case .text(let bytes):
                Self.append(Self.text, UInt64(bytes.count), to: &stored)
                stored += bytes
            case .blob(let bytes):
                Self.append(Self.blob, UInt64(bytes.count), to: &stored)
                stored += bytes
            }
        }
        return stored
    }

    /// - Returns: nil where the bytes are not what `stored` gives.
    init?(stored: [UInt8]) {
        var rest = stored[...]
        var values: [SQLValue] = []
        while let letter = rest.popFirst() {
            if letter == Self.null {
                values.append(.null)
                continue
            }
            guard rest.count >= 8 else { return nil }
            let number = rest.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            rest = rest.dropFirst(8)
            switch letter {
            case Self.integer: values.append(.integer(Int64(bitPattern: number)))
            case Self.real: values.append(.real(Double(bitPattern: number)))
            case Self.text, Self.blob:
                guard number <= UInt64(rest.count) else { return nil }
                let bytes = Array(rest.prefix(Int(number)))
                rest = rest.dropFirst(bytes.count)
                values.append(letter == Self.text ? .text(bytes) : .blob(bytes))
            default: return nil
            }
        }
        self.init(values)
    }

    private static func append(_ letter: UInt8, _ number: UInt64, to stored: inout [UInt8]) {
        stored.append(letter)
        for index in 0..<8 { stored.append(UInt8(truncatingIfNeeded: number >> (8 * index))) }
    }
}
