import Catalog
import Logging
import Model
import Notify
import Settings

/// Messages to people and programs outside, beside everything else: none of them keeps a backup waiting.
extension Daemon {
    /// Seconds for which messages are left alone after a fault.
    private static let restAfterFault: Int64 = 60

    /// Has the catalog make messages for the channels as they are configured now.
    func listen() async {
        do {
            try await appliance.subscribe(catalog) { [messages] in messages.ask() }
        } catch {
            log.error("the channels are not told of anything new: \(ErrorText.line(error))")
        }
    }

    /// Looks soon whether something is to be sent: somebody has had messages tried again.
    nonisolated func look() { messages.ask() }

    /// Sends what is due of the outbox: each channel in a task of its own. Where that cannot be done it is told in the log
    /// and tried again: backups are made all the same.
    /// - Returns: When to look again; nil where nothing waits, or where the end of a task tells.
    /// - Throws: What says that the catalog is damaged.
    func deliver(_ now: Timestamp) async throws -> Timestamp? {
        do {
            return try await sendDue(now)
        } catch {
            if Catalog.isDamage(error) { throw error }
            log.error("messages have to wait: \(ErrorText.line(error))")
            return Timestamp(seconds: now.seconds + Self.restAfterFault)
        }
    }

    private func sendDue(_ now: Timestamp) async throws -> Timestamp? {
        var next = try await makeDigests(now)
        // Where the clock was set back, nobody waits for the time that it told before.
        let latest = Timestamp(seconds: now.seconds + Self.restAfterFault)
        laneRests = laneRests.filter { $0.value > now && $0.value <= latest }
        for lane in try await catalog.lanesDue(at: now) where laneRests[lane] == nil { try send(lane) }
        let others = Set(delivering.keys).union(laneRests.keys)
        if let due = try await catalog.nextDelivery(excluding: others) { next = min(next ?? due, due) }
        if let rest = laneRests.values.min() { next = min(next ?? rest, rest) }
        return next
    }

    /// A digest that cannot be made keeps no other message waiting.
    private func makeDigests(_ now: Timestamp) async throws -> Timestamp? {
        do {
            return try await DigestRoutine(appliance: appliance, catalog: catalog).makeDue(at: now)
        } catch {
            if Catalog.isDamage(error) { throw error }
            log.error("digests have to wait: \(ErrorText.line(error))")
            return Timestamp(seconds: now.seconds + Self.restAfterFault)
        }
    }

    private func send(_ lane: String) throws {
        guard !isStopping, delivering[lane] == nil else { return }
        let courier = try appliance.courier(
            of: catalog, channels: { await self.appliance.configuration.notify },
            http: { await self.appliance.configuration.http }, log: log)
        let clock = clock
        let continuation = events.continuation
        let task = Task {
            // After a fault what was due is due still: it is left alone for a while.
            laneRests[lane] = await courier.work(lane: lane, now: { clock.now })
            delivering[lane] = nil
            hasWorked = true
            await closeRetiredStores()
            continuation.yield(.turn)
        }
        delivering[lane] = Running(task: task, stores: appliance.stores)
    }
}
