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

    @Test("what is gone on with comes before later slots of its database, and none takes its place")
    func goingOn() {
        var queue = RunQueue()
        queue.add(entry("a", 2))
        queue.add(entry("b", 2))
        var left = entry("a", 1, from: 50)
        left.goesOn = true
        queue.add(left)
        queue.add(entry("a", 3))
        let now = Timestamp(seconds: 10)
        #expect(queue.next(at: now, excluding: []) == entry("b", 2), "the others do not wait for it")
        #expect(queue.next(at: now, excluding: []) == nil, "its own database does")
        #expect(queue.nextStart(excluding: []) == Timestamp(seconds: 50))
        #expect(queue.next(at: Timestamp(seconds: 50), excluding: []) == left)
        #expect(queue.next(at: Timestamp(seconds: 50), excluding: []) == entry("a", 3, missed: 1))
    }

    @Test("a slot that takes the place of a run that brings processes down waits as long")
    func dangerous() {
        var queue = RunQueue()
        var left = entry("a", 1, from: 300)
        left.isDangerous = true
        queue.add(left)
        queue.add(entry("a", 2))
        #expect(queue.next(at: Timestamp(seconds: 299), excluding: []) == nil)
        let taken = queue.next(at: Timestamp(seconds: 300), excluding: [])
        #expect(taken?.slot == Timestamp(seconds: 2))
        #expect(taken?.missed == 1)
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

    @Test("a run that lacked disk space is known by that, also where a later slot takes its place")
    func space() {
        var queue = RunQueue()
        var failed = entry("a", 1, from: 100)
        failed.needsSpace = NightjarError(.io, "full", isTransient: true, lacksSpace: true).isLackOfSpace
        queue.add(failed)
        queue.add(entry("a", 2))
        let next = queue.next(at: Timestamp(seconds: 10), excluding: [])
        #expect(next?.needsSpace == true)
        #expect(!NightjarError(.io, "corrupt").isLackOfSpace)
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
