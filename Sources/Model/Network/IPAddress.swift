/// An IPv4 or IPv6 address.
///
/// An IPv4 address that is written as an IPv4-mapped one (`::ffff:192.0.2.1`, RFC 4291, 2.5.5.2) is that IPv4 address:
/// it leads to the same machine.
package struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// 4 or 16, in network order; never those of an IPv4-mapped address.
    package let bytes: [UInt8]

    /// Reads the one usual form: four decimal numbers without leading zeros (RFC 6943, 3.1.1, its strict form), or
    /// RFC 4291's text without brackets and zone. Nil for everything else that inet_aton(3) would take, such as `127.1`,
    /// `0177.0.0.1` and `2130706433`.
    package init?(_ text: String) {
        guard let bytes = AddressText.parse(text) else { return nil }
        self.init(bytes: bytes)
    }

    /// - Parameter bytes: 4 or 16, in network order; nil for any other number of them.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes.starts(with: Self.mappedPrefix) ? Array(bytes.dropFirst(Self.mappedPrefix.count)) : bytes
    }

    package var isIPv6: Bool { bytes.count == 16 }

    /// Four decimal numbers, or RFC 5952's form without brackets.
    package var description: String { AddressText.format(bytes) }

    /// What an IPv4-mapped address begins with.
    static let mappedPrefix = [UInt8](repeating: 0, count: 10) + [0xff, 0xff]
}
