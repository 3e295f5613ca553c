/// Names as parts of a URL's path.
package enum PathSegment {
    /// Everything but unreserved characters percent-encoded (RFC 3986, 2.3).
    package static func encode(_ name: String) -> String {
        var text = ""
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                text += "%\(Hex.encode([byte]).uppercased())"
            }
        }
        return text
    }
}
