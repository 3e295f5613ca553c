extension Duration {
    /// As libcurl wants its time-outs; at most a day.
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return min(seconds, 86400) * 1000 + attoseconds / 1_000_000_000_000_000
    }
}
