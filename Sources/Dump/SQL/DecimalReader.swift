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

    /// Asks SQLite whether the decimal `text` is read as `real`.
    func reads(_ text: String, as real: Double) throws(SQLiteError) -> Bool {
        cast.reset()
        try cast.bind(.text(text), at: 1)
        guard try cast.step(), case .real(let read) = cast.value(at: 0) else { return false }
        return read.bitPattern == real.bitPattern
    }

    /// A decimal of at most 17 digits that is read as `magnitude`; nil where only SQLite can tell.
    @inline(__always)
    func decimal(of magnitude: Double) -> Decimal? {
        #if arch(x86_64)
            guard isPredictable, (-30...50).contains(magnitude.exponent) else { return nil }
            if let decimal = Self.shortest(of: magnitude) { return decimal }
            // The power of ten at or below the number, or the one before it.
            let decade = (magnitude.exponent * 1233) >> 12
            return Self.powers.withUnsafeBufferPointer { powers in
                for digits in 15...17 {
                    let exponent = decade &- digits &+ 1
                    let wide = Float80(magnitude)
                    let scaled = exponent < 0 ? wide * powers[-exponent] : wide / powers[exponent]
                    var decimal = Decimal(digits: UInt64(scaled + 0.5), exponent: exponent)
                    decimal.strip()
                    if Self.value(of: decimal, powers) == magnitude { return decimal }
                }
                return nil
            }
        #else
            return nil
        #endif
    }

    #if arch(x86_64)
        /// 10^0 to 10^27 are exact in 80 bits.
        private static let powers: [Float80] = (0..<28).reduce(into: []) { powers, _ in
            powers.append(powers.last.map { $0 * 10 } ?? 1)
        }

        /// The shortest decimal that a correctly rounding reader reads as `magnitude`, where SQLite reads it so, too, and where it
        /// is found by whole numbers alone.
        @inline(__always)
        private static func shortest(of magnitude: Double) -> Decimal? {
            guard ShortestDecimal.magnitudes.contains(magnitude), magnitude != magnitude.rounded(.towardZero) else {
                return nil
            }
            let parts = ShortestDecimal.parts(of: magnitude)
            var decimal = Decimal(digits: parts.count, exponent: -parts.places)
            decimal.strip()
            return powers.withUnsafeBufferPointer { value(of: decimal, $0) == magnitude ? decimal : nil }
        }

        /// What sqlite3AtoF makes of a decimal; it, too, takes zeros off before it divides.
        @inline(__always)
        private static func value(of decimal: Decimal, _ powers: UnsafeBufferPointer<Float80>) -> Double {
            var digits = decimal.digits
            var exponent = decimal.exponent
            while exponent > 0 && digits < UInt64(Int64.max / 10) {
                digits *= 10
                exponent -= 1
            }
            if exponent == 0 { return Double(digits) }
            return exponent < 0
                ? Double(Float80(digits) / powers[-exponent]) : Double(Float80(digits) * powers[exponent])
        }
    #endif
}

/// A number in decimal: digits times a power of ten.
struct Decimal {
    var digits: UInt64
    var exponent: Int

    /// Takes off zeros behind the point.
    @inline(__always)
    mutating func strip() {
        while exponent < 0 && digits % 10 == 0 && digits > 0 {
            digits /= 10
            exponent += 1
        }
    }
}
