import Glibc

/// A number in decimal, as it stands in a dump of rows: `-12`, `0.5`, `1e+300`. Its text is looked at once.
struct DecimalText {
    /// Every number of this many digits fits 64 bits.
    private static let exactDigits = 19
    /// More digits of an exponent are left to `strtod`.
    private static let exponentDigits = 6

    /// Where it stands in the block.
    let range: Range<Int>
    /// Whether it has neither point nor exponent.
    let isInteger: Bool
    /// Whether a zero stands in front of other digits of the whole number.
    let hasLeadingZero: Bool
    private let isNegative: Bool
    /// All digits as one whole number, and by which power of ten it is multiplied; both say nothing where it is not
    /// `isExact`.
    private let digits: UInt64
    private let exponent: Int
    private let isExact: Bool

    /// - Returns: nil where no number of that form begins.
    @inline(__always)
    init?(_ bytes: UnsafeMutableRawBufferPointer, at start: Int) {
        var index = start
        isNegative = index < bytes.count && bytes[index] == UInt8(ascii: "-")
        if isNegative { index &+= 1 }
        let first = index
        var digits: UInt64 = 0
        index = Self.add(bytes, from: first, to: &digits)
        guard index > first else { return nil }
        hasLeadingZero = index &- first > 1 && bytes[first] == UInt8(ascii: "0")
        var length = index &- first
        var exponent = 0
        var isInteger = true
        var isExact = true
        if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
            let fraction = index &+ 1
            index = Self.add(bytes, from: fraction, to: &digits)
            guard index > fraction else { return nil }
            exponent = fraction &- index
            length &+= index &- fraction
            isInteger = false
        }
        if length > Self.exactDigits {
            isExact = length &- Self.zeros(bytes, first..<index) <= Self.exactDigits
        }
        if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            index &+= 1
            let isBelow = index < bytes.count && bytes[index] == UInt8(ascii: "-")
            if isBelow || (index < bytes.count && bytes[index] == UInt8(ascii: "+")) { index &+= 1 }
            let power = index
            var written: UInt64 = 0
            index = Self.add(bytes, from: power, to: &written)
            guard index > power else { return nil }
            if index &- power > Self.exponentDigits {
                isExact = false
            } else {
                exponent &+= isBelow ? 0 &- Int(written) : Int(written)
            }
            isInteger = false
        }
        range = start..<index
        self.isInteger = isInteger
        self.digits = digits
        self.exponent = exponent
        self.isExact = isExact
    }

    /// nil for what is no integer, or does not fit 64 bits.
    @inline(__always)
    var integer: Int64? {
        guard isInteger, isExact else { return nil }
        guard isNegative else { return Int64(exactly: digits) }
        return digits <= Int64.min.magnitude ? Int64(truncatingIfNeeded: 0 &- digits) : nil
    }

    /// The nearest double, the even one of two; infinite where all are smaller.
    /// - Parameter bytes: Goes on behind the number; that byte is replaced for a moment.
    @inline(__always)
    func real(in bytes: UnsafeMutableRawBufferPointer) -> Double {
        guard isExact, let magnitude = Self.magnitude(digits, exponent) else { return Self.rounded(bytes, range) }
        return isNegative ? -magnitude : magnitude
    }

    /// - Parameters:
    ///   - bytes: Goes on behind the number; that byte is replaced for a moment.
    ///   - range: A number to `strtod`, which takes its point for one everywhere: the program sets no locale.
    @inline(never)
    static func rounded(_ bytes: UnsafeMutableRawBufferPointer, _ range: Range<Int>) -> Double {
        precondition(range.upperBound < bytes.count)
        let behind = bytes[range.upperBound]
        bytes[range.upperBound] = 0
        defer { bytes[range.upperBound] = behind }
        guard let start = bytes.baseAddress else { return 0 }
        return strtod((start + range.lowerBound).assumingMemoryBound(to: CChar.self), nil)
    }

    // MARK: Rounding once

    /// - Returns: nil where one operation on exact numbers does not round to the nearest double.
    @inline(__always)
    private static func magnitude(_ digits: UInt64, _ exponent: Int) -> Double? {
        if digits <= 1 << 53, exponent.magnitude <= 22 {
            let power = powers[Int(exponent.magnitude)]
            return exponent < 0 ? Double(digits) / power : Double(digits) * power
        }
        #if arch(x86_64)
            guard exponent.magnitude <= 27 else { return nil }
            let power = widePowers[Int(exponent.magnitude)]
            let wide = exponent < 0 ? Float80(digits) / power : Float80(digits) * power
            // Of its 64 bits a double has 53. Rounding twice is rounding once, unless the first one came to the very
            // middle of two doubles.
            return wide.significandBitPattern & 0x7FF == 0x400 ? nil : Double(wide)
        #else
            return nil
        #endif
    }

    // Exact, as all powers up to the last are. Never changed, never freed.
    nonisolated(unsafe) private static let powers: UnsafePointer<Double> = table(23)
    #if arch(x86_64)
        nonisolated(unsafe) private static let widePowers: UnsafePointer<Float80> = table(28)
    #endif

    /// 10^0 and on.
    private static func table<Number: BinaryFloatingPoint>(_ count: Int) -> UnsafePointer<Number> {
        let table = UnsafeMutablePointer<Number>.allocate(capacity: count)
        table.initialize(to: 1)
        for power in 1..<count { (table + power).initialize(to: table[power - 1] * 10) }
        return UnsafePointer(table)
    }

    // MARK: Digits

    /// - Returns: Where the digits end.
    @inline(__always)
    private static func add(_ bytes: UnsafeMutableRawBufferPointer, from start: Int, to number: inout UInt64) -> Int {
        var index = start
        while index < bytes.count {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            number = number &* 10 &+ UInt64(digit)
            index &+= 1
        }
        return index
    }

    /// How many zeros stand in front of the first other digit.
    @inline(never)
    private static func zeros(_ bytes: UnsafeMutableRawBufferPointer, _ range: Range<Int>) -> Int {
        var zeros = 0
        for index in range {
            switch bytes[index] {
            case UInt8(ascii: "0"): zeros &+= 1
            case UInt8(ascii: "."): continue
            default: return zeros
            }
        }
        return zeros
    }
}
