/// Bech32 as BIP 173 has it, without its limit on length: how age writes recipients and identities.
enum Bech32 {
    private static let alphabet = Array("qpzry9x8gf2tvdw0s3jn54khce6mua7l".utf8)
    private static let checksumLength = 6

    /// - Parameter prefix: In lower case.
    static func encode(_ bytes: some Sequence<UInt8>, prefix: String) -> String {
        let values = regroup(bytes, from: 8, to: 5, pads: true) ?? []
        let checked = values + [UInt8](repeating: 0, count: checksumLength)
        let checksum = polynomial(expanded(Array(prefix.utf8)) + checked) ^ 1
        let end = (0..<checksumLength).map { UInt8(checksum >> UInt32(5 * (checksumLength - 1 - $0)) & 31) }
        return prefix + "1" + String(decoding: (values + end).map { alphabet[Int($0)] }, as: UTF8.self)
    }

    /// - Returns: The prefix in lower case, and the bytes; nil where `text` is in both cases, or its checksum is another one.
    static func decode(_ text: some Collection<UInt8>) -> (prefix: String, bytes: [UInt8])? {
        let hasLower = text.contains { $0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z") }
        let hasUpper = text.contains { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") }
        guard !(hasLower && hasUpper), text.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        let lower = text.map { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") ? $0 | 0x20 : $0 }
        guard let separator = lower.lastIndex(of: UInt8(ascii: "1")), separator > 0,
            lower.count - separator > checksumLength
        else { return nil }
        var values: [UInt8] = []
        for character in lower[(separator + 1)...] {
            guard let value = alphabet.firstIndex(of: character) else { return nil }
            values.append(UInt8(value))
        }
        let prefix = Array(lower[..<separator])
        guard polynomial(expanded(prefix) + values) == 1,
            let bytes = regroup(values.dropLast(checksumLength), from: 5, to: 8, pads: false)
        else { return nil }
        return (String(decoding: prefix, as: UTF8.self), bytes)
    }

    private static func expanded(_ prefix: [UInt8]) -> [UInt8] {
        prefix.map { $0 >> 5 } + [0] + prefix.map { $0 & 31 }
    }

    private static func polynomial(_ values: [UInt8]) -> UInt32 {
        let generators: [UInt32] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3]
        var checksum: UInt32 = 1
        for value in values {
            let top = checksum >> 25
            checksum = (checksum & 0x1ff_ffff) << 5 ^ UInt32(value)
            for (bit, generator) in generators.enumerated() where top >> UInt32(bit) & 1 == 1 { checksum ^= generator }
        }
        return checksum
    }

    /// - Returns: nil where bits are left over that are not zero, or a whole group of them.
    private static func regroup(_ values: some Sequence<UInt8>, from width: Int, to wanted: Int, pads: Bool) -> [UInt8]?
    {
        var result: [UInt8] = []
        var (bits, count) = (UInt32(0), 0)
        for value in values {
            bits = (bits << UInt32(width) | UInt32(value)) & 0xfff
            count += width
            while count >= wanted {
                count -= wanted
                result.append(UInt8(bits >> UInt32(count) & (1 << UInt32(wanted) - 1)))
            }
        }
        let rest = bits & (1 << UInt32(count) - 1)
        if pads {
            if count > 0 { result.append(UInt8(rest << UInt32(wanted - count))) }
        } else if count >= width || rest != 0 {
            return nil
        }
        return result
    }
}
