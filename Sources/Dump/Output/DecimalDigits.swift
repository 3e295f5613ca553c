/// Decimal digits of whole numbers, eight at a time.
enum DecimalDigits {
    /// 10^0 to 10^19.
    static let powers: [UInt64] = [
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000,
        100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000,
        10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000, 10_000_000_000_000_000_000,
    ]

    /// The first number that has more than the eight digits of a word.
    private static let wordLimit: UInt64 = 100_000_000

    /// Writes a number without zeros in front.
    /// - Parameter target: Has room for the digits, and for no fewer than eight.
    /// - Returns: How many digits it has.
    @inline(__always)
    static func write(_ number: UInt64, to target: UnsafeMutableRawPointer) -> Int {
        guard number >= wordLimit else { return writeFirst(number, to: target) }
        let above = number / wordLimit
        guard above >= wordLimit else {
            let count = writeFirst(above, to: target)
            write(word: number &- above &* wordLimit, to: target + count)
            return count &+ 8
        }
        let top = above / wordLimit
        let count = writeFirst(top, to: target)
        write(word: above &- top &* wordLimit, to: target + count)
        write(word: number &- above &* wordLimit, to: target + count + 8)
        return count &+ 16
    }

    /// Writes `count` digits, zeros in front.
    /// - Parameters:
    ///   - number: Has no more digits.
    ///   - count: 1 to 24.
    ///   - target: Has room for the digits, and for no fewer than eight.
    @inline(__always)
    static func write(_ number: UInt64, _ count: Int, to target: UnsafeMutableRawPointer) {
        guard count > 8 else { return write(last: count, of: number, to: target) }
        let above = number / wordLimit
        if count > 16 {
            let top = above / wordLimit
            write(last: count &- 16, of: top, to: target)
            write(word: above &- top &* wordLimit, to: target + (count &- 16))
        } else {
            write(last: count &- 8, of: above, to: target)
        }
        write(word: number &- above &* wordLimit, to: target + (count &- 8))
    }

    // MARK: Words

    /// - Parameters:
    ///   - count: 1 to 8.
    ///   - number: Below 10^8.
    @inline(__always)
    private static func write(last count: Int, of number: UInt64, to target: UnsafeMutableRawPointer) {
        target.storeBytes(
            of: (text(digits(number)) &>> (8 &* UInt64(8 &- count))).littleEndian, as: UInt64.self)
    }

    /// - Parameter number: Below 10^8.
    @inline(__always)
    private static func writeFirst(_ number: UInt64, to target: UnsafeMutableRawPointer) -> Int {
        let digits = digits(number)
        let zeros = min(digits.trailingZeroBitCount &>> 3, 7)
        target.storeBytes(of: (text(digits) &>> (8 &* UInt64(zeros))).littleEndian, as: UInt64.self)
        return 8 &- zeros
    }

    @inline(__always)
    private static func write(word number: UInt64, to target: UnsafeMutableRawPointer) {
        target.storeBytes(of: text(digits(number)).littleEndian, as: UInt64.self)
    }

    /// Eight digits, the first of them in the lowest byte: the number is cut in two, and both halves at once in two, and so on.
    /// <https://pvk.ca/Blog/2017/12/22/appnexus-common-framework-its-out-also-how-to-print-integers-faster/>
    @inline(__always)
    private static func digits(_ number: UInt64) -> UInt64 {
        let thousands = number / 10_000
        var lanes = thousands | (number &- thousands &* 10_000) &<< 32
        // 2^20 / 100 and 2^10 / 10, rounded up: so multiplied and shifted, all numbers below 10,000 and below 100 are divided
        // exactly.
        let hundreds = ((lanes &* 10_486) &>> 20) & 0x0000_007F_0000_007F
        lanes = hundreds | (lanes &- hundreds &* 100) &<< 16
        let tens = ((lanes &* 103) &>> 10) & 0x000F_000F_000F_000F
        return tens | (lanes &- tens &* 10) &<< 8
    }

    @inline(__always)
    private static func text(_ digits: UInt64) -> UInt64 { digits | 0x3030_3030_3030_3030 }
}
