/// Time that nobody sets: for limits.
enum MonotonicClock {
    static let second: Int64 = 1_000_000_000
    private static let start = ContinuousClock.now

    /// Nanoseconds since the first use; they go on while the machine sleeps.
    @Sendable static func now() -> Int64 {
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return seconds * second + attoseconds / second
    }

    /// Whole seconds, rounded up, that `nanoseconds` take.
    static func seconds(_ nanoseconds: Int64) -> Int64 {
        max(0, (nanoseconds + second - 1) / second)
    }
}
