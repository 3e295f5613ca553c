/// A range of addresses in CIDR notation (RFC 4632), or a single address.
///
/// A range of IPv6 holds no IPv4 addresses, not even `::/0`; one of IPv4-mapped addresses is the range of IPv4.
package struct AddressRange: Sendable, Hashable, CustomStringConvertible {
    /// The lowest address.
    package let base: IPAddress
    /// How many bits all addresses share: 0 to 32, or 0 to 128.
    package let prefixLength: Int

    /// Reads `10.0.0.0/8`, `2001:db8::/32`, or an address, which is a range of one. Nil where bits beyond the prefix are
    /// set: `10.0.0.1/8` may be meant as that one address or as the whole range.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, parts.count <= 2, let written = AddressText.parse(String(first)),
            let base = IPAddress(bytes: written)
        else { return nil }
        var length = written.count * 8
        if parts.count == 2 {
            guard let number = Self.number(parts[1]), number <= length else { return nil }
            length = number
        }
        if base.bytes.count < written.count {
            length -= IPAddress.mappedPrefix.count * 8
            guard length >= 0 else { return nil }
        }
        guard Self.hasOnlyZeros(base.bytes, after: length) else { return nil }
        self.base = base
        prefixLength = length
    }

    package func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == base.bytes.count else { return false }
        let whole = prefixLength / 8
        guard address.bytes[..<whole] == base.bytes[..<whole] else { return false }
        let bits = prefixLength % 8
        return bits == 0 || (address.bytes[whole] ^ base.bytes[whole]) >> (8 - bits) == 0
    }

    /// `10.0.0.0/8`, and a single address as itself.
    package var description: String {
        prefixLength == base.bytes.count * 8 ? base.description : "\(base)/\(prefixLength)"
    }

    private static func number(_ text: Substring) -> Int? {
        let isPlain = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard isPlain, text == "0" || !text.hasPrefix("0"), text.utf8.count <= 3 else { return nil }
        return Int(text)
    }

    private static func hasOnlyZeros(_ bytes: [UInt8], after length: Int) -> Bool {
        let whole = length / 8
        let rest = bytes[whole...]
        guard let first = rest.first else { return true }
        return first << UInt8(length % 8) == 0 && rest.dropFirst().allSatisfy { $0 == 0 }
    }
}
