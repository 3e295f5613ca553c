import SQLite

/// Tells whether SQLite reads a decimal back as a given double.
///
/// Up to 3.41, on x86-64, SQLite divides or multiplies an integer by a power of ten in 80-bit arithmetic and rounds the
/// result once more (sqlite3AtoF in util.c); that is done here in the same way for the usual sizes. Everything else is
/// asked of SQLite itself.
struct DecimalReader {
    private let cast: Statement
    private let isPredictable: Bool

    init() throws(SQLiteError) {
        let database = try Database.inMemory()
        cast = try database.prepare("SELECT CAST(?1 AS REAL)")
        #if arch(x86_64)
            let version = SQLiteLibrary.version.split(separator: ".").compactMap { Int($0) }
            isPredictable = version.count > 1 && version[0] == 3 && version[1] < 42
        #else
            isPredictable = false
        #endif
    }

    /// Whether that many millionths, whose correctly rounded quotient is `real`, are read as `real`.
    @inline(__always)
    func readsMillionths(_ count: UInt64, as real: Double) -> Bool {
        #if arch(x86_64)
            // A correctly rounding SQLite reads the quotient; one with 80 bits has to be asked for its double rounding.
            // It takes off zeros first, which changes neither the quotient nor the rounding.
            return Double(Float80(count) / 1_000_000) == real
        #else
            return true
        #endif
    }

    /// Whether the decimal `text` is read as `real`.
    func reads(_ text: inout String, as real: Double) throws(SQLiteError) -> Bool {
        #if arch(x86_64)
            if isPredictable, let predicted = text.withUTF8({ Self.predict($0) }) { return predicted == real }
        #endif
        cast.reset()
        try cast.bind(.text(Array(text.utf8)), at: 1)
        guard try cast.step(), case .real(let read) = cast.glance(at: 0) else { return false }
        return read.bitPattern == real.bitPattern
    }

    #if arch(x86_64)
        /// 10^0 to 10^27 are exact in 80 bits.
        private static let extendedPowers: [Float80] = (0..<28).reduce(into: []) { powers, _ in
            powers.append(powers.last.map { $0 * 10 } ?? 1)
        }

        /// What sqlite3AtoF makes of a decimal of at most 18 digits; nil where the powers are not exact.
        private static func predict(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
            var digits: UInt64 = 0
            var count = 0
            var exponent = 0
            var index = 0
            var isFraction = false
            let isNegative = text.first == UInt8(ascii: "-")
            if isNegative { index = 1 }
            scan: while index < text.count {
                switch text[index] {
                case UInt8(ascii: "."):
                    isFraction = true
                case UInt8(ascii: "e"):
                    var power = 0
                    let isSmall = text[index + 1] == UInt8(ascii: "-")
                    for digit in text[(index + 1)...] where digit >= 48 { power = power * 10 + Int(digit - 48) }
                    exponent += isSmall ? -power : power
                    break scan
                default:
                    digits = digits &* 10 &+ UInt64(text[index] &- 48)
                    count &+= digits > 0 ? 1 : 0
                    if isFraction { exponent &-= 1 }
                }
                index &+= 1
            }
            guard count <= 18 else { return nil }
            while exponent > 0 && digits < UInt64(Int64.max / 10) {
                digits *= 10
                exponent -= 1
            }
            while exponent < 0 && digits % 10 == 0 && digits > 0 {
                digits /= 10
                exponent += 1
            }
            guard abs(exponent) < extendedPowers.count else { return nil }
            let value: Double =
                if exponent == 0 {
                    Double(digits)
                } else if exponent < 0 {
                    Double(Float80(digits) / extendedPowers[-exponent])
                } else {
                    Double(Float80(digits) * extendedPowers[exponent])
                }
            return isNegative ? -value : value
        }
    #endif
}
