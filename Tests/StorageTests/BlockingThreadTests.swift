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

    /// Names of calls in the order in which they were done.
    private final class Notes: Sendable {
        private let names = Mutex<[String]>([])

        var all: [String] { names.withLock { $0 } }

        func add(_ name: String) { names.withLock { $0.append(name) } }
    }

    @Test("keeps nobody waiting for ever where a call hangs, and does not begin what nobody waits for any more")
    func hanging() async throws {
        let thread = try BlockingThread(patience: .seconds(1))
        let gate = Gate()
        let done = Notes()
        let hung = Task { try await thread.run { gate.pass() } }
        let behind = Task { try await thread.run { done.add("behind") } }
        await #expect(throws: SystemError(number: ETIMEDOUT)) { try await hung.value }
        await #expect(throws: SystemError(number: ETIMEDOUT)) { try await thread.run { done.add("later") } }
        await #expect(throws: SystemError(number: ETIMEDOUT)) {
            try await thread.run(isNeeded: true) { done.add("needed") }
        }
        // It may have come before or behind the call that hangs.
        _ = await behind.result
        gate.open()
        // What the thread is asked for last is done last.
        let (ends, end) = AsyncStream<Void>.makeStream()
        thread.post { end.finish() }
        for await _ in ends {}
        #expect(done.all.filter { $0 != "behind" } == ["needed"])
        // It is as good as before.
        #expect(try await thread.run { 5 } == 5)
        let other = Gate()
        await #expect(throws: SystemError(number: ETIMEDOUT)) { try await thread.run { other.pass() } }
        other.open()
        thread.stop()
    }

    @Test("gives a call the time for its bytes, however long others waited before it")
    func bytes() async throws {
        let thread = try BlockingThread(patience: .milliseconds(500))
        let gate = Gate()
        async let slow: Void = thread.run(bytes: 64 << 20) { gate.pass() }
        async let behind = thread.run { 6 }
        // Far more than a call without bytes may take.
        Task.detached {
            usleep(1_500_000)
            gate.open()
        }
        try await slow
        #expect(try await behind == 6)
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
