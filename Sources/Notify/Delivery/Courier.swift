import Catalog
import HTTPClient
import Logging
import Model
import Settings

/// Sends what is due of the catalog's outbox, and writes down what became of it: put off, delivered or given up.
///
/// A message is marked as delivered once its receiver has taken it: where the process ends in between, it is sent again
/// with the same id. Nothing is given up without a line in the log.
package struct Courier: Sendable {
    /// Callbacks are sent at once to so many receivers.
    private static let atOnce = 4
    private static let pageSize = 100
    /// How long a lane that could not be worked on is left alone, in seconds.
    private static let patience: Int64 = 60
    /// The same where each attempt would have somebody read one message once more, as long as a disk is full.
    private static let patienceWithDoubles: Int64 = 1800

    private let catalog: Catalog
    private let channels: @Sendable () async -> [ChannelSettings]
    private let http: @Sendable () async -> HTTPSettings
    private let applianceID: String
    private let resolver: any HostResolver
    private let random: @Sendable () -> Double
    private let timeout: Duration
    private let log: Logger

    /// - Parameters:
    ///   - channels: as they are when something is sent: a reload changes them.
    ///   - http: the same of what decides where callbacks may go.
    ///   - random: gives numbers from 0 to 1, for the pauses between attempts.
    ///   - timeout: for an attempt over HTTP, see ``ChannelSender``.
    package init(
        catalog: Catalog, channels: @escaping @Sendable () async -> [ChannelSettings],
        http: @escaping @Sendable () async -> HTTPSettings, applianceID: String,
        resolver: any HostResolver = SystemResolver(),
        random: @escaping @Sendable () -> Double = { Double.random(in: 0...1) }, timeout: Duration = .seconds(20),
        log: Logger
    ) {
        self.catalog = catalog
        self.channels = channels
        self.http = http
        self.applianceID = applianceID
        self.resolver = resolver
        self.random = random
        self.timeout = timeout
        self.log = log
    }

    /// Sends all that is due of a lane: callbacks a few at once, the messages of a channel one after the other, in
    /// order: one that has to be tried again keeps those behind it waiting.
    ///
    /// Whoever calls sees to it that nobody else works on the same lane.
    /// - Parameters:
    ///   - lane: a channel's name, or `CallbackChannel.name`.
    ///   - now: asked again for each message: time goes on meanwhile.
    /// - Returns: when to come back although nothing new may be due by then, after a fault, which is told in the log;
    ///   otherwise nil.
    package func work(lane: String, now: @escaping @Sendable () -> Timestamp) async -> Timestamp? {
        do {
            if lane == CallbackChannel.name {
                try await sendCallbacks(now)
            } else {
                try await sendMessages(of: lane, now)
            }
            return nil
        } catch let unrecorded as Unrecorded {
            log.error(
                "a message was taken, and will be sent again: \(ErrorText.line(unrecorded.error))",
                metadata: ["channel": "\(lane)"])
            return Timestamp(seconds: now().seconds + Self.patienceWithDoubles)
        } catch {
            guard !Task.isCancelled else { return nil }
            log.error("messages have to wait: \(ErrorText.line(error))", metadata: ["channel": "\(lane)"])
            return Timestamp(seconds: now().seconds + Self.patience)
        }
    }

    // MARK: - Channels

    private func sendMessages(of name: String, _ now: @Sendable () -> Timestamp) async throws {
        // Made for this only: an idle appliance keeps no thread and no connection for it.
        let sender = ChannelSender(
            applianceID: applianceID, resolver: resolver, random: random, timeout: timeout, log: log)
        while true {
            try Task.checkCancellation()
            guard let channel = await channels().first(where: { $0.name == name }) else {
                return try await giveUpAll(of: name)
            }
            let time = now()
            guard let delivery = try await catalog.dueDeliveries(at: time, of: name, limit: 1).first else { return }
            let outcome = try await sender.send(delivery, to: channel, now: time)
            if case .gone(let reason) = outcome, try await !rest(channel, reason, now()) { continue }
            try await record(
                outcome, of: delivery, from: time, to: now(),
                ["channel": "\(name)", "event": "\(delivery.subject)"])
        }
    }

    /// Done before the message is given up: a process that ends in between asks once more, and loses no other one.
    /// - Returns: false where a reload has the channel lead elsewhere meanwhile: the message goes there then.
    private func rest(_ channel: ChannelSettings, _ reason: String, _ now: Timestamp) async throws -> Bool {
        let name = channel.name
        try await catalog.rest(channel: name, fingerprint: channel.fingerprint, reason: reason, at: now)
        // Looked at only then: a reload from now on finds that it rests, and wakes it.
        if let next = await channels().first(where: { $0.name == name }), next.fingerprint != channel.fingerprint {
            try await catalog.wake(channel: name)
            return false
        }
        log.warning("nothing more is sent to this channel: \(reason)", metadata: ["channel": "\(name)"])
        return true
    }

    private func giveUpAll(of name: String) async throws {
        while true {
            let waiting = try await catalog.deliveries(of: name, state: .pending, limit: Self.pageSize)
            guard !waiting.isEmpty else { return }
            for delivery in waiting {
                try Task.checkCancellation()
                try await catalog.deliveryFailed(
                    delivery.id, error: "the channel is configured no longer", next: nil)
            }
            log.warning(
                "\(CountText.format(Int64(waiting.count), "message")) given up: the channel is configured no longer",
                metadata: ["channel": "\(name)"])
        }
    }

    // MARK: - Callbacks

    private func sendCallbacks(_ now: @escaping @Sendable () -> Timestamp) async throws {
        var seen: Set<Int64> = []
        var due = try await callbacks(now(), except: seen)
        guard !due.isEmpty else { return }
        let client = try HTTPClient()
        defer { client.shutdown() }
        while !due.isEmpty {
            try Task.checkCancellation()
            seen.formUnion(due.map(\.id))
            let guardian = TargetGuard(settings: await http(), resolver: resolver)
            let sender = CallbackSender(client: client, guardian: guardian, random: random, timeout: timeout)
            let time = now()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for delivery in due {
                    group.addTask {
                        let outcome = try await sender.send(delivery, now: time)
                        try await record(
                            outcome, of: delivery, from: time, to: now(), ["export": "\(delivery.subject)"])
                    }
                }
                try await group.waitForAll()
            }
            due = try await callbacks(now(), except: seen)
        }
    }

    private func callbacks(_ now: Timestamp, except seen: Set<Int64>) async throws -> [DeliveryRecord] {
        let due = try await catalog.dueDeliveries(
            at: now, of: CallbackChannel.name, limit: seen.count + Self.pageSize)
        return Array(due.filter { !seen.contains($0.id) }.prefix(Self.atOnce))
    }

    // MARK: - What became of it

    /// A message has arrived, and the catalog does not know.
    private struct Unrecorded: Error {
        let error: any Error
    }

    /// - Parameters:
    ///   - begin: when the attempt began.
    ///   - end: when it ended: pauses, and what a receiver asks for, count from there.
    private func record(
        _ outcome: DeliveryOutcome, of delivery: DeliveryRecord, from begin: Timestamp, to end: Timestamp,
        _ fields: Logger.Metadata
    ) async throws {
        switch outcome {
        case .delivered:
            do {
                try await catalog.delivered(delivery.id, at: end)
            } catch {
                throw Unrecorded(error: error)
            }
            log.info("the message was taken", metadata: fields)
        case .retry(let time, let reason):
            let next = Timestamp(seconds: time.seconds + max(0, end.seconds - begin.seconds))
            try await catalog.deliveryFailed(delivery.id, error: reason, next: next)
            log.warning("the message was not taken: \(reason); again at \(next.text)", metadata: fields)
        case .dead(let reason), .gone(let reason):
            try await catalog.deliveryFailed(delivery.id, error: reason, next: nil)
            log.error("the message is given up: \(reason)", metadata: fields)
        }
    }
}
