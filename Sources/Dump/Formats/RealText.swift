/// A REAL as the shortest decimal that a correctly rounding reader reads as the same double, with a point or an exponent:
/// a REAL to SQLite, a number to JSON.
enum RealText {
    /// No decimal takes more room.
    static let room = 32
    /// The whole numbers up to this one are all exact.
    private static let exactWhole: Double = 9_007_199_254_740_992

    /// Writes a decimal for which there is room.
    /// - Parameter real: Finite.
    @inline(__always)
    static func put(_ real: Double, to output: inout DumpOutput) {
        let magnitude = real.magnitude
        guard magnitude < exactWhole else { return putDescription(real, to: &output) }
        let whole = Int64(magnitude)
        if Double(whole) == magnitude {
            if real.sign == .minus { output.put(UInt8(ascii: "-")) }
            output.put(decimal: whole.magnitude)
            output.put(".0")
        } else if let millionths = millionths(of: magnitude) {
            putFraction(real, millionths, places: 6, to: &output)
        } else if ShortestDecimal.magnitudes.contains(magnitude) {
            let parts = ShortestDecimal.parts(of: magnitude)
            putFraction(real, parts.count, places: parts.places, to: &output)
        } else {
            putDescription(real, to: &output)
        }
    }

    /// The number as a count of millionths, for prices and the like; nil where no such count is read as exactly this double.
    ///
    /// The count and the million are exact, so that dividing them rounds as reading the decimal does. Two decimals of at most
    /// 15 digits are never the same double: no other one is shorter.
    @inline(__always)
    private static func millionths(of magnitude: Double) -> UInt64? {
        let scaled = magnitude * 1e6
        guard scaled < 1e15 else { return nil }
        let count = Int64(scaled + 0.5)
        return Double(count) / 1e6 == magnitude ? count.magnitude : nil
    }

    @inline(__always)
    private static func putFraction(_ real: Double, _ parts: UInt64, places: Int, to output: inout DumpOutput) {
        if real < 0 { output.put(UInt8(ascii: "-")) }
        // The compiler divides by a constant without a division.
        let scale = places == 6 ? 1_000_000 : DecimalDigits.powers[places]
        output.put(decimal: parts / scale)
        output.put(UInt8(ascii: "."))
        output.put { target in
            DecimalDigits.write(parts % scale, places, to: target)
            var length = places
            // Not all are zeros: the number is not whole.
            while target.load(fromByteOffset: length &- 1, as: UInt8.self) == UInt8(ascii: "0") { length &-= 1 }
            return length
        }
    }

    @inline(never)
    private static func putDescription(_ real: Double, to output: inout DumpOutput) {
        var text = real.description
        text.withUTF8 { output.put(UnsafeRawBufferPointer($0)) }
    }
}
