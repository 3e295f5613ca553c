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
        } else if let millionths = parts(of: magnitude, places: 6) {
            putFraction(real, millionths, places: 6, to: &output)
        } else if let places = placesOfFifteenDigits(magnitude, whole), let parts = parts(of: magnitude, places: places)
        {
            putFraction(real, parts, places: places, to: &output)
        } else {
            putDescription(real, to: &output)
        }
    }

    /// How many places behind the point make 15 digits, zeros in front left out; nil for what is better written with an
    /// exponent, or has as many digits before the point.
    @inline(__always)
    private static func placesOfFifteenDigits(_ magnitude: Double, _ whole: Int64) -> Int? {
        if whole > 0 { return whole < 100_000_000_000_000 ? 15 &- DecimalDigits.count(of: whole.magnitude) : nil }
        if magnitude >= 0.1 { return 15 }
        if magnitude >= 0.01 { return 16 }
        if magnitude >= 0.001 { return 17 }
        return magnitude >= 0.0001 ? 18 : nil
    }

    /// As how many parts of one the number is read, where 10^`places` make one.
    ///
    /// Their count and the power are exact, so that dividing them rounds as reading the decimal does. Two decimals of at
    /// most 15 digits are never the same double: no other one is shorter.
    @inline(__always)
    private static func parts(of magnitude: Double, places: Int) -> UInt64? {
        let scale = Double(DecimalDigits.powers[places])
        let scaled = magnitude * scale
        guard scaled < 1e15 else { return nil }
        let count = Int64(scaled + 0.5)
        return Double(count) / scale == magnitude ? count.magnitude : nil
    }

    @inline(__always)
    private static func putFraction(_ real: Double, _ parts: UInt64, places: Int, to output: inout DumpOutput) {
        if real < 0 { output.put(UInt8(ascii: "-")) }
        let scale = DecimalDigits.powers[places]
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
