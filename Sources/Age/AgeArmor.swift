import FoundationEssentials

/// A file in the age format as lines of ASCII, as `age --armor` writes it: strict PEM (RFC 7468).
package enum AgeArmor {
    private static let begin = Array("-----BEGIN AGE ENCRYPTED FILE-----".utf8)
    private static let end = Array("-----END AGE ENCRYPTED FILE-----".utf8)
    private static let lineLength = 64

    /// Whether this is armor rather than the bytes of a file, as far as its beginning tells.
    package static func isArmor(_ text: [UInt8]) -> Bool {
        text.drop { isBlank($0) }.starts(with: "-----BEGIN".utf8)
    }

    /// The file inside.
    ///
    /// - Throws: `AgeError.armor`.
    package static func decode(_ text: [UInt8]) throws(AgeError) -> [UInt8] {
        var lines = lines(of: text)
        guard let first = lines.first, first.elementsEqual(begin) else {
            throw .armor("it does not begin as it has to")
        }
        guard lines.count > 1, let last = lines.last, last.elementsEqual(end) else {
            throw .armor("it does not end as it has to")
        }
        lines = Array(lines.dropFirst().dropLast())
        var bytes: [UInt8] = []
        for (index, line) in lines.enumerated() {
            let isLast = index + 1 == lines.count
            guard isLast ? (1...lineLength).contains(line.count) : line.count == lineLength,
                let part = Data(base64Encoded: Data(line)), part.base64EncodedData().elementsEqual(line),
                isLast || line.last != UInt8(ascii: "=")
            else { throw .armor("line \(index + 2) is not written as it has to be") }
            bytes += part
        }
        return bytes
    }

    /// With LF or CR LF at their ends, without what stands before and behind the armor.
    private static func lines(of text: [UInt8]) -> [ArraySlice<UInt8>] {
        var inside = text.drop { isBlank($0) }
        while let last = inside.last, isBlank(last) { inside.removeLast() }
        return inside.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            line.last == UInt8(ascii: "\r") ? line.dropLast() : line
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || 0x09...0x0D ~= byte }
}
