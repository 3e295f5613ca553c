import SQLite

/// Writes a double so that SQLite reads the same bits back.
///
/// SQLite's own reading of decimals is not the inverse of printing them. The shortest decimal form is taken where SQLite
/// reads it back exactly, which is nearly always; else the number is a whole mantissa times or divided by powers of two,
/// each step of which is exact in any IEEE arithmetic.
package struct RealLiteral {
    /// No literal is longer.
    static let maximumLength = 480
    /// Those between 2^-60 and 2^60 are no longer than this.
    static let usualLength = 80

    private let reader: DecimalReader

    init() throws(SQLiteError) {
        reader = try DecimalReader()
    }

    @inline(__always)
    static func bound(_ real: Double) -> Int {
        (-60...60).contains(real.exponent) || real == 0 ? usualLength : maximumLength
    }

    /// Writes a literal for which `bound(real)` bytes of room are there.
    @inline(__always)
    func put(_ real: Double, to output: inout DumpOutput) throws(SQLiteError) {
        if putFraction(real, to: &output) { return }
        guard let decimal = reader.decimal(of: real.magnitude) else { return try putUnusual(real, to: &output) }
        if real < 0 { output.put(UInt8(ascii: "-")) }
        output.put(decimal)
    }

    @inline(never)
    private func putUnusual(_ real: Double, to output: inout DumpOutput) throws(SQLiteError) {
        var text: String
        if real.isInfinite {
            text = real < 0 ? "-9e999" : "9e999"
        } else if real == 0 {
            text = real.sign == .minus ? "-0.0" : "0.0"
        } else {
            text = real.description
            if try !reader.reads(text, as: real) { text = Self.exact(real) }
        }
        text.withUTF8 { output.put(UnsafeRawBufferPointer($0)) }
    }

    /// Prices and the like: a whole number of millionths that divides back to the same double.
    @inline(__always)
    private func putFraction(_ real: Double, to output: inout DumpOutput) -> Bool {
        let magnitude = real.magnitude
        guard magnitude < 1e9, magnitude > 1e-7 else { return false }
        // Most doubles that are no such number show it with the first look.
        let millionths = (magnitude * 1e6).rounded()
        guard millionths / 1e6 == magnitude, reader.readsMillionths(UInt64(millionths), as: magnitude) else {
            return false
        }
        let all = UInt64(millionths)
        if real < 0 { output.put(UInt8(ascii: "-")) }
        output.put(decimal: all / 1_000_000)
        output.put(UInt8(ascii: "."))
        var rest = all % 1_000_000
        var place: UInt64 = 100_000
        repeat {
            output.put(UInt8(truncatingIfNeeded: 48 + rest / place))
            rest %= place
            place /= 10
        } while rest > 0
        return true
    }

    /// `-6125082604576892*1.0/4611686018427387904`.
    /// - Parameter real: Finite.
    package static func exact(_ real: Double) -> String {
        let significand = UInt64(real.significandBitPattern) | (real.isNormal ? 1 << 52 : 0)
        let shift = significand.trailingZeroBitCount
        let mantissa = significand >> shift
        var exponent = (real.isNormal ? Int(real.exponentBitPattern) - 1075 : -1074) + shift
        var text = "\(real.sign == .minus ? "-" : "")\(mantissa)*1.0"
        while exponent != 0 {
            let step = min(abs(exponent), 62)
            text += "\(exponent > 0 ? "*" : "/")\(UInt64(1) << step)"
            exponent -= exponent > 0 ? step : -step
        }
        return text
    }
}

extension DumpOutput {
    /// Writes a decimal so that it is a REAL to SQLite: with a point or an exponent.
    @inline(__always)
    mutating func put(_ decimal: Decimal) {
        guard (-18...0).contains(decimal.exponent) else {
            put(decimal: decimal.digits)
            put(UInt8(ascii: "e"))
            put(decimal: Int64(decimal.exponent))
            return
        }
        let places = -decimal.exponent
        let scale = DecimalDigits.powers[places]
        put(decimal: decimal.digits / scale)
        put(UInt8(ascii: "."))
        put { target in
            DecimalDigits.write(decimal.digits % scale, max(places, 1), to: target)
            return max(places, 1)
        }
    }
}
