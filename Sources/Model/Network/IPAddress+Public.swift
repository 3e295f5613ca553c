/// Which addresses are those of machines out in the Internet.
///
/// https://www.iana.org/assignments/iana-ipv4-special-registry/ and
/// https://www.iana.org/assignments/iana-ipv6-special-registry/
extension IPAddress {
    /// Whether it is neither this machine, nor in a private or local network, nor a metadata service of a cloud, nor
    /// multicast, reserved or for documentation; nor one of IPv6 that leads to such an address of IPv4.
    package var isPublic: Bool {
        guard isIPv6 else { return !Self.special.contains { $0.contains(self) } }
        if let inner = embedded { return inner.isPublic }
        return Self.globalUnicast.contains { $0.contains(self) } && !Self.specialUnicast.contains { $0.contains(self) }
    }

    /// The address of IPv4 that a translator or a tunnel would make of this one.
    private var embedded: IPAddress? {
        if Self.translated.contains(where: { $0.contains(self) }) { return IPAddress(bytes: Array(bytes[12...])) }
        if Self.sixToFour.contains(where: { $0.contains(self) }) { return IPAddress(bytes: Array(bytes[2..<6])) }
        return nil
    }

    private static let special = ranges(
        // This network, and loopback.
        "0.0.0.0/8", "127.0.0.0/8",
        // Private (RFC 1918), shared by a provider's customers (RFC 6598), link-local with the metadata services.
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16",
        // Protocol assignments, documentation, the relays of 6to4, benchmarks.
        "192.0.0.0/24", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "192.88.99.0/24", "198.18.0.0/15",
        // Azure's platform, which answers each of its machines, with metadata among other things:
        // https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
        "168.63.129.16",
        // Multicast, reserved, broadcast.
        "224.0.0.0/4", "240.0.0.0/4")

    /// All that IANA has given out for single machines; loopback, link-local, unique local, multicast and the rest lie
    /// outside.
    private static let globalUnicast = ranges("2000::/3")

    private static let specialUnicast = ranges(
        // Protocol assignments: Teredo, benchmarks, ORCHID.
        "2001::/23",
        // Documentation.
        "2001:db8::/32", "3fff::/20")

    /// NAT64 (RFC 6052): the last four bytes.
    private static let translated = ranges("64:ff9b::/96")

    /// RFC 3056: four bytes after the first two.
    private static let sixToFour = ranges("2002::/16")

    private static func ranges(_ texts: String...) -> [AddressRange] { texts.compactMap { AddressRange($0) } }
}
