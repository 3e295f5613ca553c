/// What a number looks like to SQLite where text is stored in a column of numeric affinity:
/// <https://www.sqlite.org/datatype3.html#type_affinity>.
package enum NumberText {
    /// Whether `bytes` (UTF-8) are blanks, a sign, digits with or without a point, an exponent and blanks; all but the
    /// digits may be missing.
    package static func isNumber(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = endOfBlanks(in: bytes, from: 0)
        index = endOfSign(in: bytes, from: index)
        var end = endOfDigits(in: bytes, from: index)
        var digits = end &- index
        if end < bytes.count, bytes[end] == UInt8(ascii: ".") {
            index = end &+ 1
            end = endOfDigits(in: bytes, from: index)
            digits &+= end &- index
        }
        guard digits > 0 else { return false }
        if end < bytes.count, bytes[end] | 0x20 == UInt8(ascii: "e") {
            index = endOfSign(in: bytes, from: end &+ 1)
            end = endOfDigits(in: bytes, from: index)
            guard end > index else { return false }
        }
        return endOfBlanks(in: bytes, from: end) == bytes.count
    }

    /// Blanks, tabs and the ends of lines and pages.
    @inline(__always)
    private static func endOfBlanks(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var index = start
        while index < bytes.count, bytes[index] == 0x20 || bytes[index] &- 0x09 < 5 { index &+= 1 }
        return index
    }

    @inline(__always)
    private static func endOfSign(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        guard start < bytes.count else { return start }
        return bytes[start] == UInt8(ascii: "+") || bytes[start] == UInt8(ascii: "-") ? start &+ 1 : start
    }

    @inline(__always)
    private static func endOfDigits(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var index = start
        while index < bytes.count, bytes[index] &- UInt8(ascii: "0") < 10 { index &+= 1 }
        return index
    }
}
