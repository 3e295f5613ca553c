import Model
import Testing

@testable import Appliance

@Suite("The queue of runs")
struct RunQueueTests {
    private func entry(_ name: String, _ slot: Int64, from: Int64 = 0, missed: Int = 0) -> RunQueue.Entry {
        .init(
            database: name, slot: Timestamp(seconds: slot), missed: missed, attempt: 1, from: Timestamp(seconds: from))
    }

    @Test("is in the order of coming, one a database")
    func order() {
        var queue = RunQueue()
        queue.add(entry("a", 1))
        queue.add(entry("b", 1))
        queue.add(entry("a", 2, missed: 1))
        let now = Timestamp(seconds: 10)
        #expect(queue.next(at: now, excluding: []) == entry("a", 2, missed: 2), "the later slot stands for both")
        #expect(queue.next(at: now, excluding: ["b"]) == nil)
        #expect(queue.next(at: now, excluding: []) == entry("b", 1))
        #expect(queue.next(at: now, excluding: []) == nil)
    }

    @Test("holds what may not start yet")
    func later() {
        var queue = RunQueue()
        queue.add(entry("a", 1, from: 100))
        #expect(queue.next(at: Timestamp(seconds: 99), excluding: []) == nil)
        #expect(queue.nextStart(excluding: []) == Timestamp(seconds: 100))
        #expect(queue.nextStart(excluding: ["a"]) == nil)
        queue.keepOnly(["b"])
        #expect(queue.entries.isEmpty)
    }

    @Test("only what may pass is tried again, later each time, and never beyond the next slot")
    func retries() {
        let now = Timestamp(seconds: 1000)
        let busy = NightjarError(.busy, "locked", isTransient: true)
        let corrupt = NightjarError(.io, "corrupt")
        func retry(_ error: any Error, _ attempt: Int, next: Int64?) -> Int64? {
            RetryPolicy.retry(
                after: error, attempt: attempt, now: now, nextSlot: next.map { Timestamp(seconds: $0) })?.seconds
        }
        #expect(retry(corrupt, 1, next: nil) == nil)
        #expect(retry(busy, 1, next: nil) == 1060)
        #expect(retry(busy, 2, next: nil) == 1300)
        #expect(retry(busy, 50, next: nil) == 4600)
        #expect(retry(busy, 1, next: 1060) == nil)
        #expect(retry(busy, 1, next: 1061) == 1060)
    }
}
