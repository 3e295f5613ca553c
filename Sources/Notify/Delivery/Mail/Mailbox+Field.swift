import Model

extension Mailbox {
    /// As the fields `From` and `To` have it.
    var field: String {
        if name.isEmpty { return address }
        let encoded = EncodedWord.encode(name)
        // What would have to be escaped in quotes is in no name.
        return encoded == name ? "\"\(name)\" <\(address)>" : "\(encoded) <\(address)>"
    }
}
