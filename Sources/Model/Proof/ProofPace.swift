/// How fast proofs go: what the last ones fetched, and how long that took.
package struct ProofPace: Sendable, Equatable {
    /// Stored bytes, at least 1.
    package let bytes: Int64
    /// At least 1.
    package let seconds: Int64

    /// Longer ones come from a clock that was wrong.
    private static let longest = Int64(1) << 32

    /// - Returns: nil where nothing was fetched.
    package init?(bytes: Int64, seconds: Int64) {
        guard bytes > 0 else { return nil }
        self.bytes = bytes
        self.seconds = min(max(seconds, 1), Self.longest)
    }

    /// Seconds that a proof of so many stored bytes is going to take, rounded up.
    package func time(for bytes: Int64) -> Int64 { Int64(time(for: Int128(max(bytes, 0)))) }

    /// Rounded up, and never more than 2 to the power of 50.
    func time(for bytes: Int128) -> Int128 {
        let whole = Int128(self.bytes)
        return min((bytes * Int128(seconds) + whole - 1) / whole, Int128(1) << 50)
    }
}
