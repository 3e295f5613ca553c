import Glibc
import Pipeline
import SQLite

/// Writes a double so that SQLite reads the same bits back.
///
/// SQLite's own reading of decimals is not the inverse of printing them. The shortest decimal form is taken where SQLite
/// reads it back exactly, which is nearly always; else the number is a whole mantissa times or divided by powers of two,
/// each step of which is exact in any IEEE arithmetic.
struct RealLiteral {
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

    /// - Parameter block: Has room for `bound(real)` bytes.
    func write(_ real: Double, to block: ByteBlock) throws(SQLiteError) {
        if real.isInfinite {
            block.append(real < 0 ? "-9e999" : "9e999")
        } else if real == 0 {
            block.append(real.sign == .minus ? "-0.0" : "0.0")
        } else if writeAsFraction(real, to: block) {
            return
        } else {
            var text = real.description
            if try reader.reads(&text, as: real) {
                block.append(text)
            } else {
                block.append(Self.exact(real))
            }
        }
    }

    /// Prices and the like: a whole number of millionths that divides back to the same double.
    @inline(__always)
    private func writeAsFraction(_ real: Double, to block: ByteBlock) -> Bool {
        guard real.magnitude < 1e9 else { return false }
        for digits in [0, 2, 4, 6] {
            let scale = DecimalReader.powersOfTen[digits]
            let whole = (real.magnitude * scale).rounded()
            guard whole / scale == real.magnitude else { continue }
            guard reader.readsExactly(UInt64(whole), dividedByPowerOfTen: digits, as: real.magnitude) else { return false }
            if real < 0 { block.append(UInt8(ascii: "-")) }
            let scaled = UInt64(scale)
            block.appendDecimal(UInt64(whole) / scaled)
            block.append(UInt8(ascii: "."))
            var rest = UInt64(whole) % scaled
            guard rest > 0 else {
                block.append(UInt8(ascii: "0"))
                return true
            }
            var place = scaled / 10
            while rest > 0 {
                block.append(UInt8(ascii: "0") + UInt8(rest / place))
                rest %= place
                place /= 10
            }
            return true
        }
        return false
    }

    /// `-6125082604576892*1.0/4611686018427387904`.
    static func exact(_ real: Double) -> String {
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

extension ByteBlock {
    @inline(__always)
    func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    /// Writes a number in decimal digits.
    @inline(__always)
    func appendDecimal(_ number: UInt64) {
        reserve(20)
        var digits = 1
        var limit: UInt64 = 10
        while digits < 20 && number >= limit {
            digits += 1
            limit = digits == 20 ? .max : limit &* 10
        }
        var rest = number
        var place = digits
        while place > 0 {
            place -= 1
            end.storeBytes(of: UInt8(truncatingIfNeeded: 48 + rest % 10), toByteOffset: place, as: UInt8.self)
            rest /= 10
        }
        advance(digits)
    }

    @inline(__always)
    func appendDecimal(_ number: Int64) {
        if number < 0 { append(UInt8(ascii: "-")) }
        appendDecimal(number.magnitude)
    }
}
