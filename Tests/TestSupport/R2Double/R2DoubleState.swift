/// All that changes in a running double; kept behind one lock.
struct R2DoubleState: Sendable {
    struct Injection: Sendable {
        let fault: R2Fault
        let pattern: R2RequestPattern
        var skipping: Int
        var times: Int
    }

    struct Rotation: Sendable {
        let pattern: R2RequestPattern
        var skipping: Int
        var hasHappened = false
    }

    struct Waiter: Sendable {
        let id: Int
        let condition: @Sendable ([R2RecordedRequest]) -> Bool
        let continuation: CheckedContinuation<Void, Never>

        func resume() { continuation.resume() }
    }

    var bucket: R2Bucket
    /// Objects can be read without a signature, as in a public bucket.
    var isPublic = false
    /// Requests that come before the second keys count in place of the first; nil where nobody exchanges them.
    var rotation: Rotation?
    /// `nil` once the double has stopped listening.
    var listener: Int32?
    var connections: Set<Int32> = []
    var connectionsAccepted = 0
    var threads: [JoinableThread] = []
    var injections: [Injection] = []
    var requests: [R2RecordedRequest] = []
    var waiters: [Waiter] = []
    var nextWaiter = 0

    init(bucket: R2Bucket, listener: Int32) {
        self.bucket = bucket
        self.listener = listener
    }

    /// Takes the first injected fault that fits the request; every fitting one that still skips counts this request.
    mutating func takeFault(for request: R2Request) -> R2Fault? {
        for index in injections.indices {
            guard injections[index].times > 0, injections[index].pattern.matches(request) else { continue }
            if injections[index].skipping > 0 {
                injections[index].skipping -= 1
                continue
            }
            injections[index].times -= 1
            return injections[index].fault
        }
        return nil
    }

    /// Exchanges the keys where this is the request at which they are to be.
    mutating func rotateCredentials(at request: R2Request) {
        guard let rotation, !rotation.hasHappened, rotation.pattern.matches(request) else { return }
        if rotation.skipping > 0 {
            self.rotation?.skipping -= 1
        } else {
            self.rotation?.hasHappened = true
        }
    }

    /// Takes out the waiters whose condition holds; they are resumed after the lock is released.
    mutating func takeWaiters(where isReady: (Waiter) -> Bool) -> [Waiter] {
        let ready = waiters.filter(isReady)
        waiters.removeAll { waiter in ready.contains { $0.id == waiter.id } }
        return ready
    }
}
