import Catalog
import HTTPClient
import Model
import Notify
import Settings
import TestSupport
import Testing

@Suite("Sending to a channel", .timeLimit(.minutes(30))) struct ChannelSenderTests {
    private typealias Answer = WebReceiver.Answer

    private static let resolver = FakeResolver(["hooks.test": [["127.0.0.1"]]])

    /// Sends to `hooks.test`, which only the test's own DNS knows.
    private func send(
        _ delivery: DeliveryRecord = Sample.delivery(), to channel: ChannelSettings, at now: Timestamp = Sample.now,
        _ resolver: FakeResolver = ChannelSenderTests.resolver, timeout: Duration = .seconds(20)
    ) async throws -> DeliveryOutcome {
        let sender = ChannelSender(
            applianceID: Sample.applianceID, resolver: resolver, random: { 0 }, timeout: timeout)
        return try await sender.send(delivery, to: channel, now: now)
    }

    private func reason(_ outcome: DeliveryOutcome, after seconds: Int64 = 5) -> String? {
        guard case .retry(let time, let reason) = outcome else {
            Issue.record("\(outcome)")
            return nil
        }
        #expect(time.seconds == Sample.now.seconds + seconds)
        return reason
    }

    @Test("A webhook is signed, with the same id at each attempt, and the time of each")
    func webhook() async throws {
        try await withReceiver { receiver in
            let channel = Sample.webhook("http://hooks.test:\(receiver.port)/key?x=1")
            #expect(try await send(to: channel) == .delivered)
            let later = Timestamp(seconds: Sample.now.seconds + 300)
            #expect(try await send(Sample.delivery(attempts: 1), to: channel, at: later) == .delivered)
            try #require(receiver.messages.count == 2)
            let id = try #require(receiver.messages[0].headers["webhook-id"])
            #expect(id.hasPrefix("msg_42_"))
            #expect(id.utf8.count == 15)
            for (message, time) in zip(receiver.messages, [Sample.now, later]) {
                #expect(message.method == "POST")
                #expect(message.target == "/key?x=1")
                #expect(message.headers["content-type"] == "application/json")
                #expect(message.headers["user-agent"] == "nightjar/\(Tool.version)")
                #expect(message.headers["webhook-id"] == id)
                #expect(message.headers["webhook-timestamp"] == "\(time.seconds)")
                let signature = WebhookSignature.header(
                    id: id, timestamp: time.seconds, body: message.body, keys: [Sample.key])
                #expect(message.headers["webhook-signature"] == signature)
            }
            #expect(receiver.messages[0].body == receiver.messages[1].body)
            #expect(receiver.messages[0].body == WebhookBody.json(Sample.notice()))
        }
    }

    @Test("Another message has another id, also where a new catalog gives it the same number")
    func ids() async throws {
        try await withReceiver { receiver in
            let channel = Sample.webhook("http://hooks.test:\(receiver.port)/")
            let first = Sample.delivery()
            let later = DeliveryRecord(
                id: first.id, channel: first.channel, subject: first.subject, url: "", body: first.body,
                createdAt: Timestamp(seconds: Sample.now.seconds + 1))
            let deliveries = [
                first, later, Sample.delivery(Sample.notice("the disk is gone")), Sample.delivery(id: 43),
            ]
            for delivery in deliveries {
                let outcome = try await send(delivery, to: channel)
                #expect(outcome == .delivered)
            }
            #expect(Set(receiver.messages.compactMap { $0.headers["webhook-id"] }).count == deliveries.count)
        }
    }

    @Test("Each service gets what it reads")
    func services() async throws {
        try await withReceiver { receiver in
            let url = Secret("http://hooks.test:\(receiver.port)/x")
            let notice = Sample.notice()
            let ntfy = NtfyMessage(notice)
            let kinds: [(ChannelSettings.Kind, String)] = [
                (.slack(url: url), SlackBody.json(notice)), (.discord(url: url), DiscordBody.json(notice)),
                (.ntfy(url: url, token: Secret("tk_1")), ntfy.body),
            ]
            for (kind, _) in kinds {
                let channel = ChannelSettings(name: "ops", kind: kind, allowsPrivate: true)
                let outcome = try await send(to: channel)
                #expect(outcome == .delivered)
            }
            #expect(receiver.messages.map(\.body) == kinds.map { $0.1 })
            #expect(receiver.messages.prefix(2).allSatisfy { $0.headers["content-type"] == "application/json" })
            let last = try #require(receiver.messages.last)
            #expect(last.headers["authorization"] == "Bearer tk_1")
            for header in ntfy.headers { #expect(last.headers[header.name.lowercased()] == header.value) }
        }
    }

    @Test("A check is pinged at the path that says how it went, and not at all where it is not meant")
    func healthchecks() async throws {
        try await withReceiver { receiver in
            let url = Secret("http://hooks.test:\(receiver.port)/ping/key/{database}?create=1")
            let channel = ChannelSettings(name: "hc", kind: .healthchecks(url: url), allowsPrivate: true)
            #expect(try await send(to: channel) == .delivered)
            let message = try #require(receiver.messages.first)
            #expect(message.target.hasPrefix("/ping/key/shop/fail?create=1"))
            #expect(!message.body.isEmpty)

            let other = Notice(event: 2, kind: .applianceStarted, at: Sample.now, host: "web-1", text: "started")
            #expect(try await send(Sample.delivery(other), to: channel) == .delivered)
            #expect(receiver.messages.count == 1)
            let sample = Notice(event: 0, kind: .notifyTest, at: Sample.now, host: "web-1", text: "a test")
            guard case .dead(let reason) = try await send(Sample.delivery(sample), to: channel) else {
                Issue.record("nothing was sent, and it was said to be delivered")
                return
            }
            #expect(reason.hasPrefix("nothing was sent: "))
            #expect(receiver.messages.count == 1)
        }
    }

    @Test("What is not taken is tried again", arguments: [300, 304, 400, 401, 403, 404, 413, 500, 503])
    func refused(status: Int) async throws {
        try await withReceiver(answering: { _ in Answer(status: status) }) { receiver in
            let outcome = try await send(to: Sample.webhook("http://hooks.test:\(receiver.port)/secret"))
            #expect(reason(outcome) == "hooks.test answered \(status)")
        }
    }

    @Test("Retry-After is honoured with any status, for at most a day", arguments: [429, 500, 503])
    func retryAfter(status: Int) async throws {
        for (asked, seconds) in [("3600", Int64(3600)), ("999999", 86_400)] {
            let answer = Answer(status: status, headers: ["Retry-After": asked])
            try await withReceiver(answering: { _ in answer }) { receiver in
                let outcome = try await send(to: Sample.webhook("http://hooks.test:\(receiver.port)/"))
                #expect(reason(outcome, after: seconds) == "hooks.test answered \(status)")
            }
        }
    }

    @Test("410 means that nothing more is wanted")
    func gone() async throws {
        try await withReceiver(answering: { _ in Answer(status: 410) }) { receiver in
            let outcome = try await send(to: Sample.webhook("http://hooks.test:\(receiver.port)/"))
            #expect(outcome == .gone(reason: "hooks.test answered 410: it is gone for good"))
        }
    }

    @Test("A redirect is not followed, and its host alone is told", arguments: [301, 302, 307, 308])
    func redirect(status: Int) async throws {
        let answer = Answer(status: status, headers: ["Location": "http://10.0.0.1/key"])
        try await withReceiver(answering: { _ in answer }) { receiver in
            let outcome = try await send(to: Sample.webhook("http://hooks.test:\(receiver.port)/secret"))
            let words = reason(outcome)
            #expect(words?.hasPrefix("hooks.test answered \(status): it redirects to 10.0.0.1, which is not") == true)
            #expect(words?.contains("key") == false)
            #expect(receiver.messages.count == 1)
        }
    }

    @Test("A connection that ends early, and an answer that never comes, are failures")
    func noAnswer() async throws {
        for ending in [WebReceiver.Ending.closed, .silent] {
            try await withReceiver(answering: { _ in Answer(ending: ending) }) { receiver in
                let outcome = try await send(
                    to: Sample.webhook("http://hooks.test:\(receiver.port)/secret"), timeout: .milliseconds(200))
                let words = reason(outcome)
                #expect(words?.hasPrefix("hooks.test did not answer: ") == true)
                #expect(words?.contains("secret") == false)
            }
        }
    }

    @Test("A message is given up after ten attempts")
    func lastFailure() async throws {
        try await withReceiver(answering: { _ in Answer(status: 500) }) { receiver in
            let channel = Sample.webhook("http://hooks.test:\(receiver.port)/")
            let ninth = try await send(Sample.delivery(attempts: 8), to: channel)
            #expect(reason(ninth, after: 86_400) == "hooks.test answered 500")
            let tenth = try await send(Sample.delivery(attempts: 9), to: channel)
            #expect(tenth == .dead(reason: "hooks.test answered 500, after 10 attempts"))
        }
    }

    @Test("A private address is called where the channel allows it only")
    func privateAddress() async throws {
        try await withReceiver { receiver in
            for url in ["http://hooks.test:\(receiver.port)/", "https://hooks.test:\(receiver.port)/"] {
                let outcome = try await send(to: Sample.webhook(url, allowsPrivate: false))
                #expect(reason(outcome)?.contains("the channel ops says allow_private: true") == true)
            }
            #expect(receiver.messages.isEmpty)
        }
    }

    @Test(
        "No way of writing or resolving a private address gets past the guard",
        arguments: [
            "https://127.0.0.1:PORT/", "https://2130706433:PORT/", "https://0x7f000001:PORT/",
            "https://0177.0.0.1:PORT/", "https://127.1:PORT/", "https://[::1]:PORT/",
            "https://[::ffff:127.0.0.1]:PORT/", "https://[::ffff:7f00:1]:PORT/", "https://[64:ff9b::7f00:1]:PORT/",
            "https://localhost:PORT/", "https://mapped.test:PORT/", "https://mixed.test:PORT/",
            "https://mixed6.test:PORT/",
        ])
    func guarded(url: String) async throws {
        let resolver = FakeResolver([
            "mapped.test": [["::ffff:127.0.0.1"]], "mixed.test": [["93.184.216.34", "127.0.0.1"]],
            "mixed6.test": [["127.0.0.1", "2606:2800:220:1::1"]],
        ])
        try await withReceiver { receiver in
            let text = url.replacing("PORT", with: "\(receiver.port)")
            let outcome = try await send(to: Sample.webhook(text, allowsPrivate: false), resolver)
            #expect(reason(outcome) != nil)
            #expect(receiver.messages.isEmpty)
        }
    }

    @Test("A name is looked up once for each attempt, and the address that was judged is the one that is called")
    func rebinding() async throws {
        let resolver = FakeResolver(["rebind.test": [["127.0.0.1"], ["10.255.255.1"], ["10.255.255.1"]]])
        try await withReceiver { receiver in
            let outcome = try await send(to: Sample.webhook("http://rebind.test:\(receiver.port)/"), resolver)
            #expect(outcome == .delivered)
            #expect(resolver.asked == ["rebind.test"])

            let closed = Sample.webhook("https://rebind.test:\(receiver.port)/", allowsPrivate: false)
            let second = try await send(Sample.delivery(attempts: 1), to: closed, resolver)
            #expect(reason(second, after: 300)?.contains("10.255.255.1") == true)
            #expect(receiver.messages.count == 1)
        }
    }

    @Test("Where nobody takes the connection, the host's next address is tried")
    func nextAddress() async throws {
        try await withReceiver { receiver in
            let resolver = FakeResolver(["two.test": [["127.0.0.2", "127.0.0.1"]]])
            let outcome = try await send(to: Sample.webhook("http://two.test:\(receiver.port)/"), resolver)
            #expect(outcome == .delivered)
            #expect(receiver.messages.count == 1)
        }
    }

    @Test("An address that leads nowhere does not use up the time of the host's next one")
    func addressToNowhere() async throws {
        try await withReceiver { receiver in
            try await Loopback.withDeafAddress(at: receiver.port) { deaf in
                let resolver = FakeResolver(["two.test": [[deaf, "127.0.0.1"]]])
                let outcome = try await send(
                    to: Sample.webhook("http://two.test:\(receiver.port)/"), resolver, timeout: .seconds(20))
                #expect(outcome == .delivered)
                #expect(receiver.messages.count == 1)
            }
        }
    }

    @Test("A request that was sent, and is not answered, is not sent to another address")
    func noAnswerOfSeveral() async throws {
        try await withReceiver(answering: { _ in Answer(ending: .silent) }) { receiver in
            let resolver = FakeResolver(["two.test": [["127.0.0.1", "127.0.0.1"]]])
            let outcome = try await send(
                to: Sample.webhook("http://two.test:\(receiver.port)/"), resolver, timeout: .seconds(2))
            #expect(reason(outcome)?.hasPrefix("two.test did not answer: ") == true)
            #expect(receiver.messages.count == 1)
        }
    }

    @Test("A message that cannot be read is given up")
    func unreadable() async throws {
        let delivery = DeliveryRecord(
            id: 1, channel: "ops", subject: "backup.failed", url: "", body: "{}", createdAt: Sample.now)
        let outcome = try await send(delivery, to: Sample.webhook("http://hooks.test:9/"))
        guard case .dead = outcome else {
            Issue.record("\(outcome)")
            return
        }
    }
}
