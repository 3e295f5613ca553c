import Catalog
import HTTPClient
import Logging
import Model
import Settings

/// The callbacks that wait in the catalog: what is due is sent, and put off or given up where it is not taken.
///
/// A receiver may hear of an export twice, where the answer to the first time was lost, but never not at all without a
/// line in the log.
package struct CallbackOutbox: Sendable {
    /// The channel of its deliveries in the catalog.
    package static let channel = "callback"
    private static let atOnce = 4
    private static let pageSize = 100
    /// How long a delivery that could not be worked on is left alone, in seconds.
    private static let patience: Int64 = 60

    private let catalog: Catalog
    private let settings: @Sendable () async -> HTTPSettings
    private let resolver: any HostResolver
    private let random: @Sendable () -> Double
    private let log: Logger

    /// - Parameters:
    ///   - settings: as they are when something is due: a reload changes them.
    ///   - random: gives numbers from 0 to 1, for the pauses between attempts.
    package init(
        catalog: Catalog, settings: @escaping @Sendable () async -> HTTPSettings,
        resolver: any HostResolver = SystemResolver(),
        random: @escaping @Sendable () -> Double = { Double.random(in: 0...1) }, log: Logger
    ) {
        self.catalog = catalog
        self.settings = settings
        self.resolver = resolver
        self.random = random
        self.log = log
    }

    /// Sends all that is due, a few at once; faults are told in the log.
    /// - Returns: when the next one will be due; nil where none waits, or the task was cancelled.
    package func deliverDue(now: Timestamp) async -> Timestamp? {
        do {
            try await sendDue(now)
            guard let next = try await catalog.nextDelivery() else { return nil }
            return next > now ? next : Timestamp(seconds: now.seconds + Self.patience)
        } catch is CancellationError {
            return nil
        } catch {
            log.error("callbacks have to wait: \(ErrorText.line(error))")
            return Timestamp(seconds: now.seconds + Self.patience)
        }
    }

    private func sendDue(_ now: Timestamp) async throws {
        var seen: Set<Int64> = []
        var due = try await page(now, except: seen)
        guard !due.isEmpty else { return }
        // Made for this only: an idle appliance keeps no thread and no connection for it.
        let client = try HTTPClient()
        defer { client.shutdown() }
        let guardian = TargetGuard(settings: await settings(), resolver: resolver)
        let sender = CallbackSender(client: client, guardian: guardian, random: random)
        while !due.isEmpty {
            try Task.checkCancellation()
            seen.formUnion(due.map(\.id))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for delivery in due { group.addTask { try await send(delivery, by: sender, now) } }
                try await group.waitForAll()
            }
            due = try await page(now, except: seen)
        }
    }

    private func page(_ now: Timestamp, except seen: Set<Int64>) async throws -> [DeliveryRecord] {
        let due = try await catalog.dueDeliveries(at: now, limit: seen.count + Self.pageSize)
        return Array(due.filter { $0.channel == Self.channel && !seen.contains($0.id) }.prefix(Self.atOnce))
    }

    private func send(_ delivery: DeliveryRecord, by sender: CallbackSender, _ now: Timestamp) async throws {
        let fields: Logger.Metadata = ["export": "\(delivery.subject)"]
        switch try await sender.send(delivery, now: now) {
        case .delivered:
            try await catalog.delivered(delivery.id, at: now)
            log.info("the callback was taken", metadata: fields)
        case .retry(let next, let reason):
            try await catalog.deliveryFailed(delivery.id, error: reason, next: next)
            log.warning("the callback was not taken: \(reason); again at \(next.text)", metadata: fields)
        case .dead(let reason):
            try await catalog.deliveryFailed(delivery.id, error: reason, next: nil)
            log.error("the callback is given up: \(reason)", metadata: fields)
        }
    }
}
