/// Works for a while, then leaves the source and the machine alone for a while.
package struct Breather {
    private let work: Duration
    private let pause: Duration
    private var workedSince = ContinuousClock.now

    package init(work: Duration, pause: Duration) {
        self.work = work
        self.pause = pause
    }

    /// Called between two chunks; sleeps when it is time.
    package mutating func breathe(_ cancellation: Cancellation) throws {
        try cancellation.check()
        guard ContinuousClock.now - workedSince >= work else { return }
        try cancellation.sleep(for: pause)
        workedSince = .now
    }
}
