import FoundationEssentials

/// Base64 without padding, of which there is one way alone to write some bytes.
enum RawBase64 {
    static func encode(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        let text = Data(bytes).base64EncodedData()
        return Array(text.prefix { $0 != UInt8(ascii: "=") })
    }

    /// - Returns: nil where another text says the same, or none does.
    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        let padding = [UInt8](repeating: UInt8(ascii: "="), count: (4 - text.count % 4) % 4)
        guard let data = Data(base64Encoded: Data(text) + padding), encode(data).elementsEqual(text) else { return nil }
        return Array(data)
    }
}
