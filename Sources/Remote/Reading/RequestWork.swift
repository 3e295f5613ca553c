import Model

/// How long one request may keep a service busy, and for how many rows that is enough.
///
/// Whoever else asks the service waits for that time at most. A request whose work takes no longer than the way to the
/// service does not double what others are used to.
struct RequestWork {
    /// Some requests wait for others of the service, which says nothing of their rows: the second fastest of these counts.
    private static let remembered = 5

    let service: RemoteService
    /// Seconds for a row, of the last requests.
    private var costs: [Double] = []

    init(of service: RemoteService) {
        self.service = service
    }

    /// - Parameters:
    ///   - count: The rows that a request was for; at least 1.
    ///   - elapsed: Of the request, the way included.
    ///   - latency: What the way takes, at most.
    /// - Returns: For how many rows the next one may be.
    mutating func rows(after count: Int, elapsed: Duration, latency: Duration) -> Int {
        if costs.count == Self.remembered { costs.removeFirst() }
        costs.append(max(elapsed - latency, .zero) / .seconds(1) / Double(count))
        let cost = costs.sorted()[min(1, costs.count - 1)]
        let rows = service.work(atLatency: latency) / .seconds(1) / cost
        return rows < Double(Int32.max) ? Int(rows) : Int(Int32.max)
    }
}

extension RemoteService {
    /// A StarbaseDB's or a D1's one thread answers everybody. A libSQL server reads for several at a time.
    func work(atLatency latency: Duration) -> Duration {
        switch self {
        case .starbasedb, .d1: min(max(latency, .milliseconds(3)), .milliseconds(20))
        case .libsql: min(max(latency, .milliseconds(20)), .milliseconds(50))
        }
    }
}
