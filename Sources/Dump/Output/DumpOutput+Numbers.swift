extension DumpOutput {
    /// Writes a number in decimal digits, for which there is room.
    @inline(__always)
    mutating func put(decimal number: UInt64) {
        put { target in
            var digits = 1
            var limit: UInt64 = 10
            while digits < 20 && number >= limit {
                digits &+= 1
                limit = digits == 20 ? .max : limit &* 10
            }
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

enum DecimalDigits {
    /// 10^0 to 10^18.
    static let powers: [UInt64] = (0..<19).reduce(into: []) { powers, _ in
        powers.append(powers.last.map { $0 * 10 } ?? 1)
    }

    // Never changed, never freed.
    nonisolated(unsafe) private static let pairs: UnsafeBufferPointer<UInt16> = {
        let pairs = UnsafeMutableBufferPointer<UInt16>.allocate(capacity: 100)
        for number in 0..<100 {
            pairs[number] = (UInt16(48 + number / 10) | UInt16(48 + number % 10) << 8).littleEndian
        }
        return UnsafeBufferPointer(pairs)
    }()

    /// Writes `count` digits, zeros in front.
    @inline(__always)
    static func write(_ number: UInt64, _ count: Int, to target: UnsafeMutableRawPointer) {
        let pairs = Self.pairs
        var rest = number
        var place = count
        while place >= 2 {
            place &-= 2
            target.storeBytes(of: pairs[Int(rest % 100)], toByteOffset: place, as: UInt16.self)
            rest /= 100
        }
        if place == 1 { target.storeBytes(of: UInt8(truncatingIfNeeded: 48 &+ rest % 10), as: UInt8.self) }
    }
}
