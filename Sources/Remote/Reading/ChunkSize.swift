import Model

/// How many rows a request asks for: so many that others of the service hardly notice it.
struct ChunkSize {
    /// Of an answer; its values are about half of that.
    private static let aim = 512 << 10
    /// Answers of fewer bytes take long for other reasons than their size.
    private static let small = 32 << 10
    /// Fewer rows do not make a request shorter.
    private static let few = 4
    private static let slow = Duration.seconds(5)

    private(set) var rows: Int
    private let maximum: Int
    private let bytes: Int
    private let work: Duration

    /// - Parameters:
    ///   - maximum: Of rows; at least 1.
    ///   - answerBytes: What an answer may have at most.
    ///   - work: How long the service may be busy with a request.
    init(maximum: Int, answerBytes: Int, work: Duration) {
        self.maximum = max(maximum, 1)
        rows = min(100, self.maximum)
        bytes = min(Self.aim, answerBytes / 4)
        self.work = work
    }

    mutating func shrink() { rows = max(rows / 2, 1) }

    /// - Parameters:
    ///   - count: The rows that came.
    ///   - received: The bytes of the answer; of the largest where it took several.
    ///   - elapsed: Of the request, the way included; of the longest where it took several.
    ///   - latency: What the way takes, at most.
    mutating func learn(rows count: Int, bytes received: Int, elapsed: Duration, latency: Duration) {
        let worked = max(elapsed - latency, .zero)
        if elapsed > Self.slow || received > 2 * bytes {
            shrink()
        } else if worked > work {
            if received > Self.small, rows > Self.few { rows = max(rows / 2, Self.few) }
        } else if count >= rows, 2 * received <= bytes, worked * 2 <= work {
            rows = min(2 * rows, maximum)
        }
    }
}

extension RemoteService {
    /// How long one request should keep the service busy. A StarbaseDB's one thread answers everybody: whoever comes
    /// meanwhile waits for so long. The others have more room, and ways whose length varies by more than that.
    var workOfRequest: Duration {
        switch self {
        case .starbasedb: .milliseconds(15)
        case .d1, .libsql: .milliseconds(50)
        }
    }
}
