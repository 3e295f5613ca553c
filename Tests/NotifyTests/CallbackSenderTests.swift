import Catalog
import HTTPClient
import Model
import Notify
import Settings
import TestSupport
import Testing

@Suite("Calling a callback", .timeLimit(.minutes(30))) struct CallbackSenderTests {
    private typealias Answer = WebReceiver.Answer

    private static let now = Timestamp(seconds: 1_800_000_000)
    private static let body = #"{"status":"completed"}"#

    /// Sends to `hooks.test`, which is allowed, and which only the test's own DNS knows.
    private func send(
        to url: String, after attempts: Int = 0, hosts: [String] = ["hooks.test"],
        _ resolver: FakeResolver = FakeResolver(["hooks.test": [["127.0.0.1"]]]), timeout: Duration = .seconds(20)
    ) async throws -> DeliveryOutcome {
        let client = try HTTPClient()
        defer { client.shutdown() }
        let guardian = TargetGuard(settings: HTTPSettings(callbackHosts: hosts), resolver: resolver)
        let sender = CallbackSender(client: client, guardian: guardian, random: { 0 }, timeout: timeout)
        let delivery = DeliveryRecord(
            id: 1, channel: CallbackChannel.name, subject: "dump_20240315-123456", url: url, body: Self.body,
            createdAt: Self.now, attempts: attempts)
        return try await sender.send(delivery, now: Self.now)
    }

    @Test("is a POST of JSON to the address that was looked at, under the host's name")
    func delivered() async throws {
        try await withReceiver { receiver in
            let outcome = try await send(to: "http://hooks.test:\(receiver.port)/notify?id=1")
            #expect(outcome == .delivered)
            let message = try #require(receiver.messages.first)
            #expect(receiver.messages.count == 1)
            #expect(message.method == "POST")
            #expect(message.target == "/notify?id=1")
            #expect(message.headers["host"] == "hooks.test:\(receiver.port)")
            #expect(message.headers["content-type"] == "application/json")
            #expect(message.headers["user-agent"] == "nightjar/\(Tool.version)")
            #expect(message.headers["authorization"] == nil)
            #expect(message.body == Self.body)
        }
    }

    @Test("has succeeded with any 2xx, whatever its body says", arguments: [200, 201, 204, 299])
    func success(status: Int) async throws {
        let answer = Answer(status: status, body: status == 204 ? "" : String(repeating: "no", count: 100_000))
        try await withReceiver(answering: { _ in answer }) { receiver in
            let outcome = try await send(to: "http://hooks.test:\(receiver.port)/")
            #expect(outcome == .delivered)
        }
    }

    @Test("that fails is tried again", arguments: [300, 303, 304, 400, 401, 403, 404, 418, 500, 502, 599])
    func failure(status: Int) async throws {
        let answer = Answer(status: status, headers: ["Location": "/"])
        try await withReceiver(answering: { _ in answer }) { receiver in
            let outcome = try await send(to: "http://hooks.test:\(receiver.port)/secret")
            guard case .retry(let time, let reason) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(time.seconds == Self.now.seconds + 5)
            #expect(reason.contains("hooks.test"))
            #expect(!reason.contains("secret"))
            #expect(receiver.messages.count == 1)
        }
    }

    @Test("is given up after the sixth failure")
    func lastFailure() async throws {
        try await withReceiver(answering: { _ in Answer(status: 500) }) { receiver in
            let url = "http://hooks.test:\(receiver.port)/"
            let fifth = try await send(to: url, after: 4)
            let time = Timestamp(seconds: Self.now.seconds + 18_000)
            #expect(fifth == .retry(at: time, reason: "hooks.test answered 500"))
            let sixth = try await send(to: url, after: 5)
            #expect(sixth == .dead(reason: "hooks.test answered 500, after 6 attempts"))
        }
    }

    @Test("is given up at once where the receiver is gone")
    func gone() async throws {
        try await withReceiver(answering: { _ in Answer(status: 410) }) { receiver in
            let outcome = try await send(to: "http://hooks.test:\(receiver.port)/")
            #expect(outcome == .dead(reason: "hooks.test answered 410: it is gone for good"))
        }
    }

    @Test("waits for as long as a busy receiver wants", arguments: [429, 503])
    func retryAfter(status: Int) async throws {
        let answer = Answer(status: status, headers: ["Retry-After": "3600"])
        try await withReceiver(answering: { _ in answer }) { receiver in
            let outcome = try await send(to: "http://hooks.test:\(receiver.port)/")
            let time = Timestamp(seconds: Self.now.seconds + 3600)
            #expect(outcome == .retry(at: time, reason: "hooks.test answered \(status)"))
        }
    }

    @Test("is tried again where nobody listens, or the name is not known")
    func unreachable() async throws {
        try await withClosedPort { port in
            for url in ["http://hooks.test:\(port)/", "https://elsewhere.test:\(port)/"] {
                guard case .retry = try await send(to: url) else {
                    Issue.record("\(url) is not tried again")
                    continue
                }
            }
        }
    }

    @Test("is tried again where the connection ends without an answer, or there is none in time")
    func noAnswer() async throws {
        for ending in [WebReceiver.Ending.closed, .silent] {
            try await withReceiver(answering: { _ in Answer(ending: ending) }) { receiver in
                let outcome = try await send(
                    to: "http://hooks.test:\(receiver.port)/secret", timeout: .milliseconds(200))
                guard case .retry(_, let reason) = outcome else {
                    Issue.record("\(outcome)")
                    return
                }
                #expect(reason.hasPrefix("hooks.test did not answer: "))
                #expect(!reason.contains("secret"))
            }
        }
    }

    @Test("follows redirects with the same message", arguments: [301, 302, 307, 308])
    func redirect(status: Int) async throws {
        let answer = { @Sendable (message: WebReceiver.Message) -> Answer in
            message.target == "/old" ? Answer(status: status, headers: ["Location": "/new?x=1"]) : Answer()
        }
        try await withReceiver(answering: answer) { receiver in
            let resolver = FakeResolver(["hooks.test": [["127.0.0.1"]]])
            let outcome = try await send(to: "http://hooks.test:\(receiver.port)/old", resolver)
            #expect(outcome == .delivered)
            #expect(receiver.messages.map(\.target) == ["/old", "/new?x=1"])
            #expect(receiver.messages.map(\.method) == ["POST", "POST"])
            #expect(receiver.messages.map(\.body) == [Self.body, Self.body])
            #expect(resolver.asked.count == 2, "each step is looked at anew")
        }
    }

    @Test("follows three redirects, and no more")
    func redirectsWithoutEnd() async throws {
        try await withReceiver(answering: { _ in Answer(status: 307, headers: ["Location": "/again"]) }) { receiver in
            let outcome = try await send(to: "http://hooks.test:\(receiver.port)/")
            guard case .retry = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(receiver.messages.count == 4)
        }
    }

    @Test(
        "does not follow a redirect to where it must not go",
        arguments: [
            "http://127.0.0.1:PORT/", "https://inner.test/", "https://169.254.169.254/", "//[::1]:PORT/", "file:///x",
        ])
    func redirectToPrivate(location: String) async throws {
        let answer = { @Sendable (message: WebReceiver.Message) -> Answer in
            let port = message.headers["host"]?.split(separator: ":").last ?? ""
            return Answer(status: 302, headers: ["Location": location.replacing("PORT", with: port)])
        }
        try await withReceiver(answering: answer) { receiver in
            let answers = ["hooks.test": [["127.0.0.1"]], "inner.test": [["93.184.216.34", "10.0.0.1"]]]
            let resolver = FakeResolver(answers)
            let outcome = try await send(to: "http://hooks.test:\(receiver.port)/", resolver)
            guard case .dead(let reason) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(reason.hasPrefix("redirected: "))
            #expect(receiver.messages.count == 1)
        }
    }

    @Test("does not follow a name that is given a private address between two steps")
    func rebinding() async throws {
        let answer = { @Sendable (message: WebReceiver.Message) -> Answer in
            let host = message.headers["host"] ?? ""
            return Answer(status: 307, headers: ["Location": "https://\(host.replacing("hooks", with: "other"))/"])
        }
        try await withReceiver(answering: answer) { receiver in
            let resolver = FakeResolver(["hooks.test": [["127.0.0.1"]], "other.test": [["127.0.0.1"]]])
            let outcome = try await send(to: "http://hooks.test:\(receiver.port)/", resolver)
            guard case .dead = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(resolver.asked == ["hooks.test", "other.test"])
            #expect(receiver.messages.count == 1)
        }
    }

    @Test("is given up where the configuration no longer allows the host")
    func noLongerAllowed() async throws {
        try await withReceiver { receiver in
            let outcome = try await send(to: "http://hooks.test:\(receiver.port)/", hosts: [])
            guard case .dead = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(receiver.messages.isEmpty)
        }
    }
}
