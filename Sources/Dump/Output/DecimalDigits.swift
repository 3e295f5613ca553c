/// Decimal digits of whole numbers, two at a time.
enum DecimalDigits {
    /// 10^0 to 10^19.
    static let powers: [UInt64] = [
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000,
        100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000,
        10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000, 10_000_000_000_000_000_000,
    ]

    /// 00 to 99.
    private static var pairs: StaticString {
        """
        0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
        5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899
        """
    }

    /// Digits of a number without zeros in front.
    @inline(__always)
    static func count(of number: UInt64) -> Int {
        // 1233 / 4096 is the decimal logarithm of 2, and a little less: one digit too few, or right.
        let atLeast = ((64 &- (number | 1).leadingZeroBitCount) &* 1233) &>> 12
        return number >= powers[atLeast] ? atLeast &+ 1 : max(atLeast, 1)
    }

    /// Writes `count` digits, zeros in front.
    @inline(__always)
    static func write(_ number: UInt64, _ count: Int, to target: UnsafeMutableRawPointer) {
        let pairs = UnsafeRawPointer(Self.pairs.utf8Start)
        var rest = number
        var place = count
        while place >= 2 {
            place &-= 2
            let pair = pairs.loadUnaligned(fromByteOffset: 2 &* Int(rest % 100), as: UInt16.self)
            target.storeBytes(of: pair, toByteOffset: place, as: UInt16.self)
            rest /= 100
        }
        if place == 1 { target.storeBytes(of: UInt8(truncatingIfNeeded: 48 &+ rest % 10), as: UInt8.self) }
    }
}
