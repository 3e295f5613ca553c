import Catalog
import HTTPClient
import Logging
import Model
import Settings
import Synchronization

/// Sends messages to channels, one attempt at a time. Keeps connections for the next message as long as it lives.
package final class ChannelSender: Sendable {
    /// A mail server may look the sender up before it greets, and again before it takes the mail.
    private static let mailPatience = 3

    private let applianceID: String
    private let resolver: any HostResolver
    private let random: @Sendable () -> Double
    private let timeout: Duration
    private let log: Logger?
    /// By the list of authorities that is trusted in place of the system's.
    private let clients = Mutex<[String: HTTPClient]>([:])

    /// - Parameters:
    ///   - random: gives numbers from 0 to 1, for the pauses between attempts.
    ///   - timeout: for all of an attempt, after the name was resolved; mail servers get three times as long.
    ///   - log: where it is told that a mail did not reach all of its recipients.
    package init(
        applianceID: String, resolver: any HostResolver = SystemResolver(),
        random: @escaping @Sendable () -> Double = { Double.random(in: 0...1) }, timeout: Duration = .seconds(20),
        log: Logger? = nil
    ) {
        self.applianceID = applianceID
        self.resolver = resolver
        self.random = random
        self.timeout = timeout
        self.log = log
    }

    /// Makes the next attempt at a delivery. Whatever fails is tried again, the guard's refusals too: a person may mend
    /// the configuration, and the message waits for that.
    /// - Parameters:
    ///   - delivery: its body is a ``Notice`` as JSON. Its id says what receivers know it by, see ``MessageID``.
    ///   - now: pauses count from here.
    /// - Throws: only where the task was cancelled; the attempt does not count then.
    package func send(
        _ delivery: DeliveryRecord, to channel: ChannelSettings, now: Timestamp
    ) async throws(CancellationError) -> DeliveryOutcome {
        let notice: Notice
        do {
            notice = try Notice(json: delivery.body)
        } catch {
            return .dead(reason: error.line)
        }
        let id = MessageID.text(of: delivery, applianceID: applianceID)
        do {
            if case .email(let settings) = channel.kind {
                let mail = MailSender(resolver: resolver, timeout: timeout * Self.mailPatience)
                let refused = try await mail.send(
                    notice, id: id, at: delivery.createdAt, after: delivery.attempts, by: settings,
                    caFile: channel.caFile)
                tell(refused, channel)
            } else if let parcel = WebPost.Parcel.make(notice, for: channel.kind, id: id, now: now) {
                try await post(to: channel).send(parcel)
            } else if notice.kind == .notifyTest {
                // Whoever tries a channel out must not hear that it works where nothing was sent.
                return .dead(reason: "nothing was sent: its URL asks for a database, and the sample is about none")
            }
            return .delivered
        } catch {
            if Task.isCancelled { throw CancellationError() }
            var problem = error
            if problem.consequence == .final { problem.consequence = .retry }
            return problem.outcome(after: delivery.attempts + 1, at: now, patience: .channel, random: random())
        }
    }

    private func post(to channel: ChannelSettings) throws(DeliveryProblem) -> WebPost {
        WebPost(
            client: try client(channel.caFile), guardian: TargetGuard(channel: channel, resolver: resolver),
            timeout: timeout, redirects: 0)
    }

    private func client(_ caFile: String?) throws(DeliveryProblem) -> HTTPClient {
        let key = caFile ?? ""
        if let client = clients.withLock({ $0[key] }) { return client }
        do {
            let client = try HTTPClient(caBundle: caFile)
            clients.withLock { $0[key] = client }
            return client
        } catch {
            throw DeliveryProblem("nothing can be sent: \(error.detail)")
        }
    }

    private func tell(_ refused: [SMTPClient.RefusedRecipient], _ channel: ChannelSettings) {
        for recipient in refused {
            log?.warning(
                "the mail server does not take mail for \(recipient.address): \(recipient.reply)",
                metadata: ["channel": "\(channel.name)"])
        }
    }
}
