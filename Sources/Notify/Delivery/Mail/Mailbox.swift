/// An address as people write it: `Nightjar <backups@example.org>`, or the address alone (RFC 5322, 3.4).
struct Mailbox: Sendable, Equatable {
    /// Empty where there is none.
    let name: String
    let address: String

    /// - Parameter text: as the configuration has it, where it was checked.
    init(_ text: String) {
        guard text.hasSuffix(">"), let open = text.lastIndex(of: "<") else {
            name = ""
            address = text
            return
        }
        name = text[..<open].split(separator: " ").joined(separator: " ")
        address = String(text[text.index(after: open)...].dropLast())
    }

    /// What stands behind the `@`.
    var domain: String { String(address.split(separator: "@").last ?? "localhost") }

    /// As the fields `From` and `To` have it.
    var field: String {
        if name.isEmpty { return address }
        let encoded = EncodedWord.encode(name)
        if encoded != name { return "\(encoded) <\(address)>" }
        let quoted = name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return "\"\(quoted)\" <\(address)>"
    }
}
