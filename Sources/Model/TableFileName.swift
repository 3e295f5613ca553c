import Crypto

/// A table's name as the name of a file, and of an object in a store.
///
/// Letters, digits, `_`, `-` and `.` are those of ASCII; every other byte, and a point in front, is `%` and two hexadecimal
/// digits (RFC 3986). What would be too long for a file is cut, and told apart by a hash of the name.
package enum TableFileName {
    /// Bytes; with all that is put behind it a name stays below the 255 that file systems take.
    private static let limit = 200
    private static let cut = 180
    private static let hashDigits = 16

    package static func text(of name: SQLText) -> String {
        var pieces = name.bytes.map { byte in
            isPlain(byte) ? String(UnicodeScalar(byte)) : "%" + Hex.encode([byte]).uppercased()
        }
        if pieces.first == "." { pieces[0] = "%2E" }
        // A name of no bytes, which no other one is written as.
        if pieces.isEmpty { pieces = ["%"] }
        let whole = pieces.joined()
        guard whole.utf8.count > limit else { return whole }
        var short = ""
        for piece in pieces {
            guard short.utf8.count + piece.utf8.count <= cut else { break }
            short += piece
        }
        return "\(short)~\(Hex.encode(SHA256.hash(data: name.bytes)).prefix(hashDigits))"
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
