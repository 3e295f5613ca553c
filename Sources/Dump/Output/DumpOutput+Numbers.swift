extension DumpOutput {
    /// Writes a number in decimal digits, for which there is room.
    @inline(__always)
    mutating func put(decimal number: UInt64) {
        put { target in
            let digits = DecimalDigits.count(of: number)
            DecimalDigits.write(number, digits, to: target)
            return digits
        }
    }

    @inline(__always)
    mutating func put(decimal number: Int64) {
        if number < 0 { put(UInt8(ascii: "-")) }
        put(decimal: number.magnitude)
    }
}
