/// How many rows a request asks for: so many that others of the service hardly notice it.
struct ChunkSize {
    /// Of an answer; its values are about half of that.
    private static let aim = 512 << 10
    /// Answers of fewer bytes take long for other reasons than their size.
    private static let small = 32 << 10
    private static let work = Duration.milliseconds(100)
    private static let slow = Duration.seconds(5)

    private(set) var rows: Int
    private let maximum: Int
    private let bytes: Int
    /// The shortest time that a request took: what the way alone takes, at most.
    private var latency: Duration?

    /// - Parameters:
    ///   - maximum: Of rows; at least 1.
    ///   - answerBytes: What an answer may have at most.
    init(maximum: Int, answerBytes: Int) {
        self.maximum = max(maximum, 1)
        rows = min(100, self.maximum)
        bytes = min(Self.aim, answerBytes / 4)
    }

    mutating func shrink() { rows = max(rows / 2, 1) }

    /// - Parameters:
    ///   - count: The rows that came.
    ///   - received: The bytes of the answer.
    mutating func learn(rows count: Int, bytes received: Int, elapsed: Duration) {
        latency = min(latency ?? elapsed, elapsed)
        let worked = elapsed - (latency ?? elapsed)
        if elapsed > Self.slow || received > 2 * bytes || (worked > Self.work * 2 && received > Self.small) {
            shrink()
        } else if count >= rows, 2 * received <= bytes, worked * 2 <= Self.work {
            rows = min(2 * rows, maximum)
        }
    }
}
