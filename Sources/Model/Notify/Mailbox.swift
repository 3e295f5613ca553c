/// An address of mail as people write it, `Nightjar <backups@example.org>` or the address alone: RFC 5322, 3.4, without
/// its quoted forms, comments and groups, and in ASCII but for the name.
package struct Mailbox: Sendable, Hashable, CustomStringConvertible {
    /// What a name could hold in quotes only.
    package static let specials = "\"(),:;<>@[\\]"
    /// Bytes.
    private static let longest = 500

    /// Words with a space between them; empty where there is none.
    package let name: String
    package let address: String

    /// Nil where it cannot stand in a message's head.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.longest, text.unicodeScalars.allSatisfy({ !Self.isControl($0) }) else {
            return nil
        }
        guard let open = text.firstIndex(of: "<") else {
            guard Self.isAddress(text[...]) else { return nil }
            name = ""
            address = text
            return
        }
        let bracketed = text[open...].dropFirst()
        guard bracketed.last == ">", Self.isName(text[..<open]), Self.isAddress(bracketed.dropLast()) else {
            return nil
        }
        name = text[..<open].split(separator: " ").joined(separator: " ")
        address = String(bracketed.dropLast())
    }

    /// What stands behind the `@`.
    package var domain: String { String(address.split(separator: "@").last ?? "localhost") }

    package var description: String { name.isEmpty ? address : "\(name) <\(address)>" }

    private static func isName(_ name: Substring) -> Bool {
        name.contains(where: { $0 != " " }) && name.unicodeScalars.allSatisfy { !specials.unicodeScalars.contains($0) }
    }

    private static func isAddress(_ address: Substring) -> Bool {
        let halves = address.split(separator: "@", omittingEmptySubsequences: false)
        guard halves.count == 2, (1...64).contains(halves[0].utf8.count) else { return false }
        let atoms = halves[0].split(separator: ".", omittingEmptySubsequences: false)
        guard atoms.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { isAtomByte($0) } }) else { return false }
        guard let domain = HostAndPort(String(halves[1])), domain.port == nil else { return false }
        return IPAddress(domain.host) == nil
    }

    /// RFC 5322, 3.2.3.
    private static func isAtomByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
        }
    }

    /// Also those beyond ASCII, and what ends a line there.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) || scalar == "\u{2028}" || scalar == "\u{2029}"
    }
}
