/// Lower-case hexadecimal.
package enum Hex {
    private static let digits = Array("0123456789abcdef".utf8)

    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes that `text` says, upper or lower case, or nil.
    package static func decode(_ text: String) -> [UInt8]? { decode(Array(text.utf8)[...]) }

    /// The same of digits that are bytes already; fast enough for whole tables.
    package static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.count % 2 == 0 else { return nil }
        let values = Self.values
        // Digits have values below 16: any higher bit shows that something is none.
        var bits: UInt8 = 0
        let bytes = text.withUnsafeBufferPointer { text in
            [UInt8](unsafeUninitializedCapacity: text.count / 2) { bytes, count in
                for index in 0..<(text.count / 2) {
                    let high = values[Int(text[2 * index])]
                    let low = values[Int(text[2 * index + 1])]
                    bits |= high | low
                    bytes[index] = high << 4 | low & 15
                }
                count = text.count / 2
            }
        }
        return bits < 16 ? bytes : nil
    }

    /// The value of each byte that is a digit, and 255 for all others.
    private static let values: [UInt8] = (0...255).map { byte in
        switch byte {
        case 48...57: UInt8(byte - 48)
        case 65...70: UInt8(byte - 55)
        case 97...102: UInt8(byte - 87)
        default: 255
        }
    }
}
