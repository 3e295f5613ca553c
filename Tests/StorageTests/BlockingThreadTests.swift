import Glibc
import Model
import Synchronization
import TestSupport
import Testing

@testable import Storage

@Suite("A thread for calls that block", .timeLimit(.minutes(1))) struct BlockingThreadTests {
    /// What hangs until it is let go.
    private final class Gate: Sendable {
        private let isOpen = Mutex(false)

        func open() { isOpen.withLock { $0 = true } }

        /// Blocks its thread, as a disk does that hangs.
        func pass() { while !isOpen.withLock({ $0 }) { usleep(1000) } }
    }

    @Test("keeps nobody waiting for ever where a call hangs, and does not begin what nobody waits for any more")
    func hanging() async throws {
        let thread = try BlockingThread(patience: .milliseconds(20))
        let gate = Gate()
        let begun = Mutex(0)
        await #expect(throws: SystemError(number: ETIMEDOUT)) { try await thread.run { gate.pass() } }
        for _ in 1...3 {
            await #expect(throws: SystemError(number: ETIMEDOUT)) {
                try await thread.run { begun.withLock { $0 += 1 } }
            }
        }
        gate.open()
        // What the thread is asked for last is done last: all before it has been passed over by then.
        let (ends, end) = AsyncStream<Void>.makeStream()
        thread.post { end.finish() }
        for await _ in ends {}
        #expect(begun.withLock { $0 } == 0)
        #expect(try await BlockingThread().run { 5 } == 5)
        thread.stop()
    }

    @Test("gives a call the time for its bytes")
    func bytes() async throws {
        let thread = try BlockingThread(patience: .zero)
        let gate = Gate()
        async let slow: Void = thread.run(bytes: 64 << 20) { gate.pass() }
        gate.open()
        try await slow
        thread.stop()
    }

    @Test("a disk that hangs is a store that cannot be reached for now")
    func failure() {
        let error = SystemError(number: ETIMEDOUT).failure("read", "shop/x", at: "/mnt/backups")
        #expect(error.code == .unreachable && error.isTransient)
        #expect(
            error.message
                == "cannot read shop/x in /mnt/backups: the disk, or the server that it is on, gives no answer")
        #expect(error.hint != nil)
    }
}
