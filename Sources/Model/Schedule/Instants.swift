/// The range of seconds in which schedules and time zones reckon, so that no sum of theirs overflows.
enum Instants {
    /// Before every moment that a clock or a time zone file speaks of.
    static let distantPast: Int64 = -(1 << 61)
    /// After every moment that a clock or a time zone file speaks of.
    static let distantFuture: Int64 = 1 << 61

    /// The years that a timestamp can be written for, 0001 to 9999, in seconds since 1970: slots lie in these.
    static let writable: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

    static func clamped(_ seconds: Int64) -> Int64 {
        min(max(seconds, distantPast), distantFuture)
    }
}

/// Division that rounds towards negative infinity, as dates before 1970 need it. Divisors are positive.
enum FloorDivision {
    static func quotient(_ dividend: Int64, by divisor: Int64) -> Int64 {
        let quotient = dividend / divisor
        return dividend % divisor < 0 ? quotient - 1 : quotient
    }

    static func remainder(_ dividend: Int64, by divisor: Int64) -> Int64 {
        let remainder = dividend % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }

    /// The quotient rounded up.
    static func roundedUp(_ dividend: Int64, by divisor: Int64) -> Int64 {
        let quotient = dividend / divisor
        return dividend % divisor > 0 ? quotient + 1 : quotient
    }
}
