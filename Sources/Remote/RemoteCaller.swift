import Model
import Pipeline

/// Asks a remote database with patience: breathes between requests, tries again what may pass, and keeps a state that
/// was begun alive meanwhile. For one thread.
package final class RemoteCaller {
    /// Before the second attempt, at most.
    package static let firstDelay = Duration.milliseconds(500)
    private static let longestDelay = Duration.seconds(60)
    private static let longestRetryAfter: Int64 = 300
    /// So long one request may have been waited for in all.
    private static let patience = Duration.seconds(600)
    /// So many times a request is sent in all whose answer is too much each time, and which cannot ask for less: others
    /// may have taken the service's time and memory, but each attempt takes them from others, too.
    private static let attemptsAtMuch = 3
    /// So many times in the idle time of a state the service is told that it is needed.
    private static let signsOfLife = 3

    package let database: any RemoteDatabase
    /// How many requests were sent, or tried to be sent.
    package private(set) var requests = 0
    /// The shortest time in which a request gave rows: the way there and back takes no longer. nil before the first.
    package private(set) var shortest: Duration?

    private let breathing: Breathing
    private let cancellation: Cancellation
    private let attempts: Int
    private let firstDelay: Duration
    private let random: @Sendable () -> Double
    private let sleep: (Duration) throws -> Void
    /// nil before the first request.
    private var workedSince: ContinuousClock.Instant?
    /// Whether the service holds a state for us.
    private var isBegun = false

    /// - Parameters:
    ///   - attempts: how many times a request is sent in all; at least 1.
    ///   - firstDelay: before the second attempt, at most; twice as long before each further one.
    ///   - random: gives numbers from 0 to 1.
    ///   - sleep: leaves the thread idle; where it is nil, until the cancellation.
    package init(
        _ database: any RemoteDatabase, breathing: Breathing, cancellation: Cancellation, attempts: Int = 8,
        firstDelay: Duration = RemoteCaller.firstDelay,
        random: @escaping @Sendable () -> Double = { Double.random(in: 0...1) },
        sleep: ((Duration) throws -> Void)? = nil
    ) {
        self.database = database
        self.breathing = breathing
        self.cancellation = cancellation
        self.attempts = max(1, attempts)
        self.firstDelay = firstDelay
        self.random = random
        if let sleep {
            self.sleep = sleep
        } else {
            self.sleep = { duration in try cancellation.sleep(for: duration) }
        }
    }

    /// The rows of one SELECT or PRAGMA, and how long the request took that gave them.
    /// - Parameter canAskForLess: whether whoever calls asks for less where this is too much: then it is sent once.
    /// - Throws: `RemoteError` where another attempt is of no use, or none is left; `CancellationError`.
    package func rows(
        _ sql: String, canAskForLess: Bool = true
    ) throws -> (answer: RemoteAnswer, elapsed: Duration) {
        try breathe()
        return try persist(canAskForLess: canAskForLess) { () -> (answer: RemoteAnswer, elapsed: Duration) in
            let start = ContinuousClock.now
            let answer = try database.query(sql, cancellation)
            let elapsed = ContinuousClock.now - start
            shortest = min(shortest ?? elapsed, elapsed)
            return (answer: answer, elapsed: elapsed)
        }
    }

    /// From now on all rows are from one state of the database, if the service offers that.
    /// - Returns: whether it does.
    /// - Throws: as `rows`.
    package func begin() throws -> Bool {
        isBegun = false
        isBegun = try persist { try database.begin(cancellation) }
        return isBegun
    }

    /// Ends what `begin` began, and makes sure that all rows since then were of that state.
    /// - Throws: as `rows`; `RemoteError` with kind `stateLost` where they may not have been.
    package func finish() throws {
        try persist { try database.finish(cancellation) }
        isBegun = false
    }

    /// Ends what `begin` began, whatever was read since.
    package func end() {
        isBegun = false
        database.end()
    }

    // MARK: - Patience

    private func persist<Value>(canAskForLess: Bool = false, _ request: () throws -> Value) throws -> Value {
        var attempt = 1
        var waited = Duration.zero
        while true {
            try cancellation.check()
            requests += 1
            do {
                return try request()
            } catch let error as RemoteError {
                if error.kind == .stateLost { isBegun = false }
                let wait = delay(after: attempt, error)
                let most = mostAttempts(at: error, canAskForLess: canAskForLess)
                guard attempt < most, waited + wait <= Self.patience else { throw error }
                try pause(wait)
                waited += wait
                attempt += 1
            }
        }
    }

    /// How many times a request is sent in all that ends so.
    private func mostAttempts(at error: RemoteError, canAskForLess: Bool) -> Int {
        if error.mayPass { return attempts }
        guard error.isTooMuch, !canAskForLess else { return 1 }
        return min(attempts, Self.attemptsAtMuch)
    }

    /// Doubles with each attempt, is shortened by half at most, and is not shorter than what the service asks for.
    private func delay(after attempt: Int, _ error: RemoteError) -> Duration {
        let longest = min(firstDelay * (1 << min(attempt - 1, 16)), Self.longestDelay)
        let delay = longest * (0.5 + random() / 2)
        guard let asked = error.retryAfter else { return delay }
        return max(delay, .seconds(min(max(0, asked), Self.longestRetryAfter)))
    }

    private func breathe() throws {
        try cancellation.check()
        guard let since = workedSince else {
            workedSince = .now
            return
        }
        guard breathing.pause > .zero, ContinuousClock.now - since >= breathing.work else { return }
        try pause(breathing.pause)
    }

    /// Leaves the service alone, but for signs of life where it holds a state for us.
    private func pause(_ duration: Duration) throws {
        var left = duration
        while isBegun, let idle = database.limits.idleTime, left > idle / Self.signsOfLife {
            try sleep(idle / Self.signsOfLife)
            left -= idle / Self.signsOfLife
            try giveSignOfLife()
        }
        if left > .zero { try sleep(left) }
        // Whoever has waited for as long as a pause has had one.
        if duration >= breathing.pause { workedSince = .now }
    }

    private func giveSignOfLife() throws {
        requests += 1
        do {
            try database.keepAlive(cancellation)
        } catch let error as RemoteError {
            if error.kind == .stateLost { isBegun = false }
            // There will be another one, or the next request finds out.
            if !error.mayPass { throw error }
        }
    }
}

extension RemoteError {
    /// Whether the same request may succeed later.
    fileprivate var mayPass: Bool { (kind == .busy || kind == .unreachable) && !isLasting }
    /// Whether it may succeed where it asks for less, or where the service has less to do.
    fileprivate var isTooMuch: Bool { kind == .tooLarge || kind == .tooSlow }
}
