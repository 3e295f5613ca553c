/// The shortest decimal that is read as a double, and of several such the nearest, for everyday magnitudes.
///
/// A decimal is read as the double where it lies between the middles to the double's neighbours. Here powers of ten and of
/// two are small enough for these middles to be compared as whole numbers, exactly. Which few decimals have to be looked at
/// is shown in Raffaello Giulietti's paper "The Schubfach way to render doubles".
enum ShortestDecimal {
    /// Magnitudes that are no whole numbers, and that are written without an exponent.
    static let magnitudes = 1e-3..<0x1p52

    /// A whole number of parts, 10^`places` of which make one. Zeros at its end are not taken off.
    struct Parts {
        let count: UInt64
        /// 1 to 19.
        let places: Int
    }

    /// - Parameter magnitude: One of `magnitudes`, and no whole number.
    @inline(__always)
    static func parts(of magnitude: Double) -> Parts {
        let fraction = magnitude.significandBitPattern
        let significand = fraction | 1 << 52
        let shift = 52 &- Int(magnitude.exponent)
        // The neighbour below a power of two is only half as far away.
        let isPower = fraction == 0
        // The decimal logarithm of the distance to the next double, or of three quarters of it, rounded up.
        let places = 0 &- ((0 &- shift &* 1_262_611 &- (isPower ? 524_031 : 0)) &>> 22)
        let power = DecimalDigits.powers[places]

        // Four times the count of parts of the number, and of both middles; an odd one has been rounded, or is exact.
        let number = quarters(4 &* significand, power, shift)
        let lower = quarters(4 &* significand &- (isPower ? 1 : 2), power, shift)
        let upper = quarters(4 &* significand &+ 2, power, shift)
        // The middles themselves are read as the even one of two doubles.
        let outside = significand & 1

        let below = number &>> 2
        let tens = below / 10 &* 10
        let tensAreIn = lower &+ outside <= tens &<< 2
        let nextTensAreIn = (tens &+ 10) &<< 2 &+ outside <= upper
        if tensAreIn != nextTensAreIn { return Parts(count: tensAreIn ? tens : tens &+ 10, places: places) }

        let above = below &+ 1
        let belowIsIn = lower &+ outside <= below &<< 2
        let aboveIsIn = above &<< 2 &+ outside <= upper
        if belowIsIn != aboveIsIn { return Parts(count: belowIsIn ? below : above, places: places) }
        let middle = (below &+ above) &<< 1
        let isBelow = number < middle || (number == middle && below & 1 == 0)
        return Parts(count: isBelow ? below : above, places: places)
    }

    /// `significand * power / 2^shift`, odd where it is not exact.
    @inline(__always)
    private static func quarters(_ significand: UInt64, _ power: UInt64, _ shift: Int) -> UInt64 {
        let (high, low) = significand.multipliedFullWidth(by: power)
        let whole = high &<< (64 &- shift) | low &>> shift
        let isExact = low & (1 &<< shift &- 1) == 0
        return isExact ? whole : whole | 1
    }
}
