import Pipeline
import Synchronization
import Testing

@Suite struct BoundedQueueTests {
    @Test("Elements come in order from a thread to a task, and an end after the last")
    func threadToTask() async throws {
        let queue = BoundedQueue<Int>(capacity: 2)
        async let sent: Void = DedicatedThread.run(cancellation: Cancellation()) {
            for number in 0..<1000 { try queue.send(number) }
            queue.finish()
        }
        var received: [Int] = []
        while let number = try await queue.next() { received.append(number) }
        try await sent
        #expect(received == Array(0..<1000))
    }

    @Test("Elements come in order from a task to a thread")
    func taskToThread() async throws {
        let queue = BoundedQueue<Int>(capacity: 1)
        async let received = DedicatedThread.run(cancellation: Cancellation()) {
            var numbers: [Int] = []
            while let number = try queue.receive() { numbers.append(number) }
            return numbers
        }
        for number in 0..<1000 { try await queue.put(number) }
        queue.finish()
        #expect(try await received == Array(0..<1000))
    }

    @Test("Who does not want to wait gets what is there")
    func receivingNow() throws {
        let queue = BoundedQueue<Int>(capacity: 2)
        #expect(try queue.receiveNow() == nil)
        try queue.send(1)
        try queue.send(2)
        #expect(try queue.receiveNow() == 1 && queue.receiveNow() == 2 && queue.receiveNow() == nil)
        try queue.send(3)
        queue.finish()
        #expect(try queue.receiveNow() == 3 && queue.receiveNow() == nil)
        queue.fail(CancellationError())
        #expect(throws: CancellationError.self) { try queue.receiveNow() }
    }

    @Test("What is handed over is taken before its sender goes on")
    func handing() async throws {
        let queue = BoundedQueue<Int>(capacity: 1)
        let handed = Mutex(0)
        async let sent: Void = DedicatedThread.run(cancellation: Cancellation()) {
            for number in 1...1000 {
                try queue.hand(number)
                handed.withLock { $0 = number }
            }
            queue.finish()
        }
        var received = 0
        while let number = try await queue.next() {
            received = number
            // The one behind it cannot have been handed over: nobody has taken it.
            #expect(handed.withLock { $0 } <= number)
        }
        try await sent
        #expect(received == 1000)
    }

    @Test("A failure reaches a sender that waits until its element is taken")
    func failureReachesHander() async throws {
        let queue = BoundedQueue<Int>(capacity: 1)
        let sent = Task { try await DedicatedThread.run(cancellation: Cancellation()) { try queue.hand(1) } }
        queue.fail(CancellationError())
        await #expect(throws: CancellationError.self) { try await sent.value }
    }

    @Test("A failure reaches a sender that waits for room")
    func failureReachesSender() async throws {
        let queue = BoundedQueue<Int>(capacity: 1)
        try queue.send(1)
        let sent = Task { try await DedicatedThread.run(cancellation: Cancellation()) { try queue.send(2) } }
        queue.fail(CancellationError())
        await #expect(throws: CancellationError.self) { try await sent.value }
    }

    @Test("A failure reaches a task that waits for an element")
    func failureReachesReceiver() async throws {
        let queue = BoundedQueue<Int>(capacity: 1)
        let next = Task { try await queue.next() }
        queue.fail(CancellationError())
        await #expect(throws: CancellationError.self) { _ = try await next.value }
    }
}
