import Model

/// How many rows a request asks for: so many that others of the service hardly notice it.
struct ChunkSize {
    /// Of an answer; its values are about half of that.
    private static let aim = 512 << 10
    /// Answers of fewer bytes take long for other reasons than their size.
    private static let small = 16 << 10
    /// Nobody knows how large they are.
    private static let first = 16
    /// Fewer rows do not make a request shorter.
    private static let few = 4
    private static let slow = Duration.seconds(5)

    private(set) var rows: Int
    private let maximum: Int
    private let bytes: Int
    private var work: RequestWork

    /// - Parameters:
    ///   - maximum: Of rows; at least 1.
    ///   - answerBytes: What an answer may have at most.
    init(maximum: Int, answerBytes: Int, of service: RemoteService) {
        self.maximum = max(maximum, 1)
        rows = min(Self.first, self.maximum)
        bytes = min(Self.aim, answerBytes / 4)
        work = RequestWork(of: service)
    }

    /// - Parameter expected: How many rows are to come.
    /// - Returns: For how many to ask: up to twice of `rows`, if that is enough for all of them.
    func rows(expecting expected: Int) -> Int { expected <= min(2 * rows, maximum) ? max(rows, expected) : rows }

    mutating func shrink() { rows = max(rows / 2, 1) }

    /// - Parameters:
    ///   - count: The rows that came; at least 1.
    ///   - received: The bytes of the answer; of the largest where it took several.
    ///   - elapsed: Of the request, the way included; of the longest where it took several.
    ///   - latency: What the way takes, at most.
    mutating func learn(rows count: Int, bytes received: Int, elapsed: Duration, latency: Duration) {
        let allowed = work.rows(after: count, elapsed: elapsed, latency: latency)
        guard elapsed <= Self.slow, received <= 2 * bytes else { return shrink() }
        let fitting = bytes / max(received / count, 1)
        let next = max(min(allowed, fitting, 2 * rows), rows / 2, Self.few)
        if next < rows ? received > Self.small : count >= rows { rows = min(next, maximum) }
    }
}
