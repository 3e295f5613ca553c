import Glibc
import Pipeline
import Testing

@Suite("A thread of its own")
struct DedicatedThreadTests {
    @Test("leaves the machine to others where that is asked for, and only then")
    func priority() async throws {
        let usual = try await DedicatedThread.run(cancellation: Cancellation()) {
            getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
        }
        let modest = try await DedicatedThread.run(cancellation: Cancellation(), priority: .background) {
            getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
        }
        #expect(modest == max(usual, 10))
        let after = try await DedicatedThread.run(cancellation: Cancellation()) {
            getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
        }
        #expect(after == usual)
    }
}
