import Catalog
import Dump
import Logging
import Model
import Notify
import Settings

/// Delivering without a daemon: who makes backups from cron has messages sent all the same.
extension Appliance {
    private static let lockPause = Duration.milliseconds(100)

    /// Sends what is due, unless a daemon is there to do it. What is not delivered in time stays in the outbox; why,
    /// stands in the log.
    package func deliver(from catalog: Catalog, atMost limit: Duration = .seconds(20), log: Logger) async {
        guard isDeliverer else { return }
        let deadline = ContinuousClock.now + limit
        do {
            guard let lock = try await outboxLock(before: deadline) else { return }
            // Whoever had it may have made the digest, and delivered ours, too.
            _ = try await DigestRoutine(appliance: self, catalog: catalog).makeDue(at: .now)
            let lanes = try await catalog.lanesDue(at: .now)
            try await deliver(lanes, from: catalog, before: deadline, log: log)
            withExtendedLifetime(lock) {}
        } catch {
            guard !Task.isCancelled else { return }
            log.error("messages have to wait: \(ErrorText.line(error))")
        }
    }

    /// The same for a command that has no catalog open; one that may not write it leaves the messages to others.
    package func deliver(log: Logger) async {
        guard isDeliverer else { return }
        do {
            guard let catalog = try await openCatalogIfPresent({ log.error("\($0)") }) else { return }
            await deliver(from: catalog, log: log)
            await catalog.close()
        } catch {
            log.error("messages have to wait: \(ErrorText.line(error))")
        }
    }

    /// Callbacks alone are left to the daemon, which has promised them.
    private var isDeliverer: Bool {
        !configuration.notify.isEmpty && DaemonLock.holder(in: configuration.stateDirectory) == nil
    }

    /// Two commands at once must not send the same message twice, nor make the same digest.
    /// - Returns: nil where another one is at it for too long.
    private func outboxLock(before deadline: ContinuousClock.Instant) async throws -> RunLock? {
        while .now < deadline {
            if let lock = try RunLock.acquire(RunLock.outbox, stateDirectory: configuration.stateDirectory) {
                return lock
            }
            try await Task.sleep(for: Self.lockPause)
        }
        return nil
    }

    private func deliver(
        _ lanes: [String], from catalog: Catalog, before deadline: ContinuousClock.Instant, log: Logger
    ) async throws {
        let configuration = configuration
        let courier = try courier(
            of: catalog, channels: { configuration.notify }, http: { configuration.http }, log: log)
        await withTaskGroup(of: Bool.self) { group in
            for lane in lanes {
                group.addTask {
                    _ = await courier.work(lane: lane, now: { .now })
                    return false
                }
            }
            group.addTask {
                try? await Task.sleep(until: deadline, clock: .continuous)
                return true
            }
            var left = lanes.count
            while left > 0, let isLate = await group.next(), !isLate { left -= 1 }
            group.cancelAll()
        }
    }
}
