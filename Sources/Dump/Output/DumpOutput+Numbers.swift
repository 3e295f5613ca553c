extension DumpOutput {
    /// Writes a number in decimal digits, for which there is room: that of eight digits or more.
    @inline(__always)
    mutating func put(decimal number: UInt64) {
        put { DecimalDigits.write(number, to: $0) }
    }

    @inline(__always)
    mutating func put(decimal number: Int64) {
        if number < 0 { put(UInt8(ascii: "-")) }
        put(decimal: number.magnitude)
    }
}
