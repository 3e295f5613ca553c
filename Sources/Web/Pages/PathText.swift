/// Names as parts of the paths that links lead to.
enum PathText {
    /// `/databases/shop`
    static func database(_ name: String) -> String { "/databases/\(encoded(name))" }

    /// Everything but unreserved characters percent-encoded (RFC 3986, section 2.3).
    static func encoded(_ component: String) -> String {
        let digits = Array("0123456789ABCDEF".unicodeScalars)
        var text = String.UnicodeScalarView()
        for byte in component.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                text.append(Unicode.Scalar(byte))
            default:
                text.append("%")
                text.append(digits[Int(byte >> 4)])
                text.append(digits[Int(byte & 15)])
            }
        }
        return String(text)
    }
}
