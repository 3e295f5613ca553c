import Foundation
import HTTPClient
import Model
import Notify
import Settings
import TestSupport
import Testing

@Suite("Sending mail to people", .timeLimit(.minutes(30))) struct MailSenderTests {
    private typealias EmailSettings = ChannelSettings.EmailSettings

    private func channel(
        port: UInt16, encryption: EmailSettings.Encryption = .none, password: String? = nil,
        from: String = "Nightjar <backups@example.org>", to: [String] = ["ops@example.org"]
    ) throws -> ChannelSettings {
        let settings = EmailSettings(
            host: "mail.test", port: Int(port), encryption: encryption, user: password == nil ? nil : "backups",
            password: password.map { Secret($0) }, from: try #require(Mailbox(from)),
            to: try to.map { try #require(Mailbox($0)) })
        return ChannelSettings(name: "mail", kind: .email(settings))
    }

    private func send(
        to channel: ChannelSettings, _ addresses: [String] = ["127.0.0.1"], after attempts: Int = 0,
        timeout: Duration = .seconds(20)
    ) async throws -> DeliveryOutcome {
        let sender = ChannelSender(
            applianceID: Sample.applianceID, resolver: FakeResolver(["mail.test": [addresses]]), random: { 0 },
            timeout: timeout)
        return try await sender.send(Sample.delivery(attempts: attempts), to: channel, now: Sample.now)
    }

    private func reason(_ outcome: DeliveryOutcome) -> String {
        guard case .retry(let time, let reason) = outcome else {
            Issue.record("\(outcome)")
            return ""
        }
        #expect(time.seconds == Sample.now.seconds + 5)
        return reason
    }

    @Test("A mail has what mail readers want, with a text and an HTML part")
    func whole() async throws {
        try await withMailReceiver { receiver in
            let channel = try channel(
                port: receiver.port, from: "Jürgens Nightjar <backups@example.org>",
                to: ["Ops Team <ops@example.org>", "boss@example.org"])
            #expect(try await send(to: channel) == .delivered)
            let mail = try #require(receiver.mails.first)
            #expect(mail.from == "backups@example.org")
            #expect(mail.to == ["ops@example.org", "boss@example.org"])
            #expect(mail.field("From") == "=?UTF-8?B?SsO8cmdlbnMgTmlnaHRqYXI=?= <backups@example.org>")
            #expect(mail.field("To") == "\"Ops Team\" <ops@example.org>, boss@example.org")
            #expect(mail.field("Subject") == MailContent(Sample.notice()).subject)
            #expect(mail.field("Date") == "Fri, 15 Jan 2027 08:00:00 +0000")
            let id = try #require(mail.field("Message-ID"))
            #expect(id.hasPrefix("<msg_42_"))
            #expect(id.hasSuffix("@example.org>"))
            #expect(mail.field("Auto-Submitted") == "auto-generated")
            #expect(mail.head.lowercased().contains("mime-version: 1.0"))
            #expect(mail.field("Content-Type")?.hasPrefix("multipart/alternative; boundary=") == true)
            let parts = mail.content.components(separatedBy: "Content-Type: ").dropFirst(2)
            #expect(parts.first?.hasPrefix("text/plain; charset=utf-8\n") == true)
            #expect(parts.last?.hasPrefix("text/html; charset=utf-8\n") == true)
            #expect(parts.allSatisfy { $0.contains("Content-Transfer-Encoding: quoted-printable") })
        }
    }

    @Test("The server is told who sends it, where it wants to know")
    func password() async throws {
        let manner = MailReceiver.Manner(user: (name: "backups", password: "right: @/ü"))
        try await withMailReceiver(manner) { receiver in
            let outcome = try await send(to: channel(port: receiver.port, password: "right: @/ü"))
            #expect(outcome == .delivered)
            #expect(receiver.mails.count == 1)
        }
    }

    @Test("A wrong password is tried again, with the server's words, and never told")
    func wrongPassword() async throws {
        let manner = MailReceiver.Manner(user: (name: "backups", password: "right"))
        try await withMailReceiver(manner) { receiver in
            let outcome = try await send(to: channel(port: receiver.port, password: "hunter2"))
            let words = reason(outcome)
            #expect(words.contains("mail.test: the server refused the user name or the password: 535"))
            #expect(!words.contains("hunter2"))
            #expect(!words.contains(Data("\u{0}backups\u{0}hunter2".utf8).base64EncodedString()))
            #expect(words.hasSuffix("<secret> <secret>"))
            #expect(receiver.mails.isEmpty)
            #expect(!receiver.commands.contains("MAIL"))
        }
    }

    @Test("One recipient that is refused does not keep the mail from the others")
    func oneRefused() async throws {
        let manner = MailReceiver.Manner(refusing: ["gone@example.org": "550 5.1.1 no such user"])
        try await withMailReceiver(manner) { receiver in
            let channel = try channel(port: receiver.port, to: ["gone@example.org", "ops@example.org"])
            let outcome = try await send(to: channel)
            #expect(outcome == .delivered)
            #expect(receiver.mails.map(\.to) == [["ops@example.org"]])
        }
    }

    @Test("A mail that nobody gets is tried again, with the server's words")
    func allRefused() async throws {
        let manner = MailReceiver.Manner(refusing: ["ops@example.org": "550 5.1.1 no such user"])
        try await withMailReceiver(manner) { receiver in
            let outcome = try await send(to: channel(port: receiver.port))
            #expect(reason(outcome).hasSuffix("the server refused the mail: 550 5.1.1 no such user"))
        }
        try await withMailReceiver(MailReceiver.Manner(verdict: "452 4.3.1 full")) { receiver in
            let outcome = try await send(to: channel(port: receiver.port))
            #expect(reason(outcome).hasSuffix("the server refused the mail: 452 4.3.1 full"))
        }
    }

    @Test("A server that never answers, and one that is not there, are failures")
    func noAnswer() async throws {
        try await withMailReceiver(MailReceiver.Manner(verdict: nil)) { receiver in
            let outcome = try await send(to: channel(port: receiver.port), timeout: .milliseconds(200))
            #expect(reason(outcome).hasPrefix("mail.test: "))
        }
        try await withClosedPort { port in
            let outcome = try await send(to: channel(port: port))
            #expect(reason(outcome).hasPrefix("mail.test: "))
        }
    }

    @Test("Where nobody takes the connection, the server's next address is tried")
    func nextAddress() async throws {
        try await withMailReceiver { receiver in
            let outcome = try await send(to: channel(port: receiver.port), ["127.0.0.2", "127.0.0.1"])
            #expect(outcome == .delivered)
        }
    }

    @Test("The next attempt begins with another address, for one may lead nowhere")
    func addressToNowhere() async throws {
        try await withMailReceiver { receiver in
            try await Loopback.withDeafAddress(at: receiver.port) { deaf in
                let outcome = try await send(to: channel(port: receiver.port), [deaf, "127.0.0.1"], after: 1)
                #expect(outcome == .delivered)
            }
        }
    }

    @Test("Nothing is told to a server that does not offer STARTTLS")
    func noStartTLS() async throws {
        try await withMailReceiver { receiver in
            let outcome = try await send(to: channel(port: receiver.port, encryption: .startTLS, password: "hunter2"))
            #expect(reason(outcome).contains("the server does not offer STARTTLS"))
            #expect(!receiver.commands.contains("MAIL"))
            #expect(!receiver.commands.contains("AUTH"))
        }
    }

    @Test(
        "Without encryption no other machine is called, whatever the name is resolved to",
        arguments: [["10.0.0.1"], ["127.0.0.1", "93.184.216.34"], ["::ffff:10.0.0.1"]])
    func otherMachine(addresses: [String]) async throws {
        try await withMailReceiver { receiver in
            let outcome = try await send(to: channel(port: receiver.port), addresses)
            #expect(reason(outcome).contains("nothing is sent there without encryption"))
            #expect(receiver.commands.isEmpty)
        }
    }
}
