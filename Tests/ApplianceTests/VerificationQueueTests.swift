import Catalog
import Dump
import Model
import Storage
import Testing

@testable import Appliance

@Suite("A queue of verifications")
struct VerificationQueueTests {
    private let now = Timestamp(seconds: 1_770_000_000)

    private func backup(_ number: Int64) -> BackupRecord {
        BackupRecord(
            id: BackupID(time: Timestamp(seconds: now.seconds + number)), database: "shop", store: "disk",
            createdAt: now, rows: 1, dumpBytes: 1, storedBytes: 1)
    }

    @Test("takes them in the order in which they came, each backup once")
    func order() throws {
        var queue = VerificationQueue()
        let first = try #require(try queue.add(backup(1), .restore, requester: "a", at: now))
        let second = try #require(try queue.add(backup(2), .restore, requester: "a", at: now))
        let again = try queue.add(backup(1), .checksum, requester: "b", at: now)
        #expect(again == nil)
        #expect(queue.tasks.map(\.task) == [first.number, second.number])
        #expect(queue.tasks.allSatisfy { $0.state == .queued })
        #expect(queue.next()?.number == first.number)
        #expect(queue.next()?.number == second.number)
        #expect(queue.next() == nil)
    }

    @Test("forgets one that a person does not want any more")
    func removal() throws {
        var queue = VerificationQueue()
        _ = try queue.add(backup(1), .restore, requester: "a", at: now)
        #expect(queue.remove(backup(2).id) == nil)
        #expect(queue.remove(backup(1).id)?.backup == backup(1))
        #expect(queue.tasks.isEmpty)
    }

    @Test("remembers how the last one of a backup ended")
    func ends() throws {
        var queue = VerificationQueue()
        for _ in 1...2 {
            let entry = try #require(try queue.add(backup(1), .restore, requester: "a", at: now))
            _ = queue.next()
            queue.ended(entry, verification: entry.number * 10, failure: nil)
        }
        #expect(queue.lastEnd(of: backup(1).id.description)?.verification == 20)
        #expect(queue.lastEnd(of: backup(2).id.description) == nil)
    }

    @Test("is bounded")
    func bound() throws {
        var queue = VerificationQueue()
        for number in 1...1000 { _ = try queue.add(backup(Int64(number)), .restore, requester: "a", at: now) }
        let error = #expect(throws: NightjarError.self) {
            _ = try queue.add(backup(2000), .restore, requester: "a", at: now)
        }
        #expect(error?.code == .busy)
    }

    @Test(
        "gives what the routine is at to who asks for it, where it proves as much",
        arguments: [
            (VerificationLevel.restore, VerificationLevel.restore, true), (.restore, .checksum, true),
            (.checksum, .checksum, true), (.checksum, .restore, false),
        ])
    func adoption(worked: VerificationLevel, wanted: VerificationLevel, isAdopted: Bool) throws {
        var queue = try working(worked, Task {})
        let task = queue.adopt(backup(1), wanted, requester: "a")
        #expect((task != nil) == isAdopted)
        #expect(queue.work?.isRoutine == !isAdopted)
        let other = queue.adopt(backup(2), wanted, requester: "a")
        #expect(other == nil)
        // What was not given has to wait for its own turn.
        let waits = try queue.add(backup(1), wanted, requester: "a", at: now) != nil
        #expect(waits == !isAdopted)
    }

    @Test("gives nobody what is about to end")
    func adoptionOfCancelled() throws {
        let task = Task {}
        task.cancel()
        var queue = try working(.restore, task)
        let adopted = queue.adopt(backup(1), .restore, requester: "a")
        #expect(adopted == nil)
    }

    /// What the routine is at, in a queue of its own.
    private func working(_ level: VerificationLevel, _ task: Task<Void, Never>) throws -> VerificationQueue {
        var queue = VerificationQueue()
        let entry = try #require(try queue.add(backup(1), level, requester: nil, at: now))
        _ = queue.next()
        queue.work = .init(
            entry: entry, startedAt: now, progress: RunProgress(),
            running: .init(task: task, stores: Stores([], meters: StoreMeters())))
        return queue
    }
}
