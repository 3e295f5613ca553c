/// Sets of small numbers: bit n is set for the number n.
extension UInt64 {
    /// - Parameter bit: 0 to 63.
    func contains(bit: Int) -> Bool {
        self >> UInt64(bit) & 1 == 1
    }

    /// - Parameter bit: 0 to 63.
    mutating func insert(bit: Int) {
        self |= 1 << UInt64(bit)
    }

    /// The numbers below `end`, 0 to 63.
    static func bits(below end: Int) -> UInt64 {
        1 << UInt64(end) - 1
    }

    /// The numbers from `start` to 63.
    static func bits(from start: Int) -> UInt64 {
        .max << UInt64(start)
    }
}
