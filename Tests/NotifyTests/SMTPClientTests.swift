import HTTPClient
import TestSupport
import Testing

@Suite("Mail over SMTP", .timeLimit(.minutes(30))) struct SMTPClientTests {
    private func mail(
        from: String = "a@example.org", to: [String] = ["b@example.org"],
        headers: [(name: String, value: String)] = [(name: "Subject", value: "test")], text: String = "text"
    ) -> MailMessage {
        MailMessage(from: from, to: to, headers: headers, text: text, html: "<p>text</p>")
    }

    private func server(_ port: UInt16) -> MailServer {
        MailServer(host: "mail.test", port: Int(port), encryption: .none, resolvedAddress: "127.0.0.1")
    }

    @Test("keeps lines, dots at their beginning, and letters beyond ASCII")
    func content() async throws {
        try await withMailReceiver { receiver in
            let mail = mail(text: "Grüße = 1\n.\n..two\nFrom here\n")
            try await SMTPClient().send(mail, to: server(receiver.port), timeout: .seconds(20))
            let content = try #require(receiver.mails.first?.content)
            #expect(content.contains("\nGr=C3=BC=C3=9Fe =3D 1\n.\n..two\nFrom here\n"))
        }
    }

    @Test("folds long fields at their spaces")
    func folding() async throws {
        let words = (1...40).map { "word\($0)" }.joined(separator: " ")
        try await withMailReceiver { receiver in
            let mail = mail(headers: [(name: "Subject", value: words), (name: "X-Short", value: "short")])
            try await SMTPClient().send(mail, to: server(receiver.port), timeout: .seconds(20))
            let head = try #require(receiver.mails.first?.head)
            #expect(head.split(separator: "\n").allSatisfy { $0.count <= 78 || $0.hasPrefix("Content-Type") })
            #expect(head.replacing("\n ", with: " ").contains("Subject: \(words)\nX-Short: short"))
        }
    }

    @Test("tells which recipients were refused")
    func refusedRecipients() async throws {
        let manner = MailReceiver.Manner(refusing: [
            "b@example.org": "550-5.1.1 no such\r\n550 5.1.1 user", "d@example.org": "451 4.7.1 later",
        ])
        try await withMailReceiver(manner) { receiver in
            let mail = mail(to: ["b@example.org", "c@example.org", "d@example.org"])
            let refused = try await SMTPClient().send(mail, to: server(receiver.port), timeout: .seconds(20))
            #expect(refused.map(\.address) == ["b@example.org", "d@example.org"])
            #expect(refused.map(\.reply) == ["550 5.1.1 no such 5.1.1 user", "451 4.7.1 later"])
        }
    }

    @Test("tells the server's reply code, and whether another time may help", arguments: [(451, true), (554, false)])
    func codes(code: Int, isTransient: Bool) async throws {
        try await withMailReceiver(MailReceiver.Manner(verdict: "\(code) no")) { receiver in
            let error = await #expect(throws: MailError.self) {
                try await SMTPClient().send(mail(), to: server(receiver.port), timeout: .seconds(20))
            }
            #expect(error?.code == code)
            #expect(error?.isTransient == isTransient)
            #expect(error?.detail == "the server refused the mail: \(code) no")
        }
    }

    @Test("writes no command and no field that a value smuggles in")
    func injection() async throws {
        try await withMailReceiver { receiver in
            let mails = [
                mail(from: "a@example.org>\r\nRCPT TO:<c@example.org"), mail(to: ["b@example.org\r\nDATA"]),
                mail(to: []),
                mail(headers: [(name: "Subject", value: "x\r\nBcc: c@example.org")]),
                mail(headers: [(name: "Subject\r\nBcc", value: "c@example.org")]),
                mail(headers: [(name: "Subject", value: "Grüße")]),
            ]
            for mail in mails {
                await #expect(throws: MailError.self) {
                    try await SMTPClient().send(mail, to: server(receiver.port), timeout: .seconds(20))
                }
            }
            #expect(receiver.commands.isEmpty)
        }
    }

    @Test("ends when its task is cancelled")
    func cancellation() async throws {
        try await withMailReceiver(MailReceiver.Manner(verdict: nil)) { receiver in
            let server = server(receiver.port)
            let mail = mail()
            let task = Task { try await SMTPClient().send(mail, to: server, timeout: .seconds(3600)) }
            task.cancel()
            let error = await #expect(throws: MailError.self) { try await task.value }
            #expect(error?.detail == "cancelled")
        }
    }
}
