/// What a header has for one recipient: a file key that only the recipient can unwrap.
struct AgeStanza: Sendable, Equatable {
    /// Which kind of recipient it is for, as X25519.
    var type: String
    var arguments: [String]
    var body: [UInt8]

    private static let lineLength = 64

    /// Its lines in a header.
    var encoded: [UInt8] {
        var text = Array("-> \(([type] + arguments).joined(separator: " "))\n".utf8)
        let encoded = RawBase64.encode(body)
        // The last line is a short one, which may be empty.
        for start in stride(from: 0, through: encoded.count, by: Self.lineLength) {
            text += encoded[start..<min(start + Self.lineLength, encoded.count)] + [UInt8(ascii: "\n")]
        }
        return text
    }

    /// - Parameter line: The one in front of the body, without its end.
    init(_ line: ArraySlice<UInt8>) throws(AgeError) {
        guard line.starts(with: "-> ".utf8) else { throw .header("a line begins neither a recipient nor the end") }
        let words = line.dropFirst(3).split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard words.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0 > 0x20 && $0 < 0x7F } }) else {
            throw .header("a recipient's line has an argument that cannot be")
        }
        type = String(decoding: words[0], as: UTF8.self)
        arguments = words.dropFirst().map { String(decoding: $0, as: UTF8.self) }
        body = []
    }

    init(type: String, arguments: [String], body: [UInt8]) {
        self.type = type
        self.arguments = arguments
        self.body = body
    }

    /// - Returns: Whether it was the last one.
    mutating func append(_ line: ArraySlice<UInt8>) throws(AgeError) -> Bool {
        guard line.count <= Self.lineLength, let bytes = RawBase64.decode(line) else {
            throw .header("a recipient's key is not written as it has to be")
        }
        body += bytes
        return line.count < Self.lineLength
    }
}
