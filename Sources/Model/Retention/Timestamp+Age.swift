extension Timestamp {
    /// The time from this moment to `now`; negative where this moment lies ahead.
    func age(at now: Timestamp) -> Duration {
        .seconds(now.seconds) - .seconds(seconds)
    }
}
