import Model

/// The names of tables and columns as the formats of rows have them, in headers and keys.
package enum FormatNames {
    /// The name as it is, or `\h` and its bytes in hexadecimal where it is not UTF-8.
    package static func text(of name: SQLText) -> [UInt8] {
        let isValid = name.bytes.withUnsafeBytes { UTF8Check.isValid($0) }
        return isValid ? name.bytes : Array("\\h\(Hex.encode(name.bytes).uppercased())".utf8)
    }
}
