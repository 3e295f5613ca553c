import Glibc
import Pipeline
import Testing

/// An actor that works on a thread of its own.
private actor Worker {
    private let executor = SerialThreadExecutor()
    private var threads: Set<UInt> = []
    private var order: [Int] = []

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    func work(_ number: Int) {
        threads.insert(UInt(pthread_self()))
        order.append(number)
    }

    var seen: (threads: Int, order: [Int]) { (threads.count, order) }

    func identity() -> UInt { UInt(pthread_self()) }

    func tellOfThreadEnd(_ report: @escaping @Sendable () -> Void) {
        ThreadEnd.watchCurrentThread(report)
    }
}

/// Tells when the thread on which it was asked for has ended: pthread_key_create(3).
private final class ThreadEnd: Sendable {
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key) { value in
            guard let value else { return }
            Unmanaged<ThreadEnd>.fromOpaque(value).takeRetainedValue().report()
        }
        return key
    }()

    private let report: @Sendable () -> Void

    private init(_ report: @escaping @Sendable () -> Void) {
        self.report = report
    }

    static func watchCurrentThread(_ report: @escaping @Sendable () -> Void) {
        pthread_setspecific(key, Unmanaged.passRetained(ThreadEnd(report)).toOpaque())
    }
}

@Suite("An actor with a thread of its own") struct SerialThreadExecutorTests {
    @Test("works on that thread alone, in order")
    func oneThread() async {
        let worker = Worker()
        for number in 0..<100 { await worker.work(number) }
        let seen = await worker.seen
        #expect(seen.threads == 1)
        #expect(seen.order == Array(0..<100))
    }

    @Test("takes work from many tasks at once")
    func manyTasks() async {
        let worker = Worker()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<1000 { group.addTask { await worker.work(number) } }
        }
        let seen = await worker.seen
        #expect(seen.threads == 1)
        #expect(seen.order.sorted() == Array(0..<1000))
    }

    @Test("shares it with no other")
    func twoActors() async {
        let (first, second) = (Worker(), Worker())
        let identities = [await first.identity(), await second.identity()]
        #expect(identities[0] != identities[1])
        // Both are needed until here: a thread that has ended gives its name to the next.
        await first.work(1)
        await second.work(1)
    }

    @Test("leaves no thread behind", .timeLimit(.minutes(30)))
    func end() async {
        let (ends, continuation) = AsyncStream.makeStream(of: Void.self)
        for _ in 0..<10 {
            let worker = Worker()
            await worker.tellOfThreadEnd { continuation.yield() }
        }
        var count = 0
        for await _ in ends {
            count += 1
            if count == 10 { break }
        }
        #expect(count == 10)
    }

    @Test("that was never asked for anything can go, too")
    func unused() {
        _ = Worker()
        let executor = SerialThreadExecutor()
        #expect(executor.start())
        #expect(executor.start())
    }
}
