import Foundation
import Glibc
import Synchronization

/// A mail server on 127.0.0.1 without TLS, which does as a test says and remembers what it was told.
final class MailReceiver: Sendable {
    struct Manner: Sendable {
        /// Whom it lets in; nil for everybody, without asking.
        var user: (name: String, password: String)?
        /// What it answers for a recipient in place of 250.
        var refusing: [String: String] = [:]
        /// What it answers to a mail; nil for never.
        var verdict: String? = "250 taken"
    }

    struct Mail: Sendable {
        let from: String
        let to: [String]
        /// Head and body with LF, and without the dots that were added on the way.
        let content: String

        var head: String { String(content[..<(content.range(of: "\n\n")?.lowerBound ?? content.endIndex)]) }

        /// The field's first line.
        func field(_ name: String) -> String? {
            let line = head.components(separatedBy: "\n").first { $0.hasPrefix("\(name): ") }
            return line.map { String($0.dropFirst(name.count + 2)) }
        }
    }

    let port: UInt16
    private let manner: Manner
    private let taken = Mutex<[Mail]>([])
    private let told = Mutex<[String]>([])

    init(_ port: UInt16, _ manner: Manner) {
        self.port = port
        self.manner = manner
    }

    var mails: [Mail] { taken.withLock { $0 } }
    /// The commands, without their arguments.
    var commands: [String] { told.withLock { $0 } }

    func serve(_ connection: Int32) {
        var lines = Lines(connection)
        var from = ""
        var to: [String] = []
        _ = Loopback.send("220 mail.test\r\n", to: connection)
        while let line = lines.next() {
            let words = line.split(separator: " ").map { String($0) }
            let command = words.first?.uppercased() ?? ""
            told.withLock { $0.append(command) }
            switch command {
            case "EHLO":
                let offer = manner.user == nil ? "" : "250-AUTH PLAIN\r\n"
                _ = Loopback.send("250-mail.test\r\n\(offer)250 8BITMIME\r\n", to: connection)
            case "AUTH":
                var answer = words.dropFirst(2).first
                if answer == nil {
                    _ = Loopback.send("334 \r\n", to: connection)
                    answer = lines.next()
                }
                _ = Loopback.send("\(verdict(on: answer ?? ""))\r\n", to: connection)
            case "MAIL":
                from = Self.address(line)
                to = []
                _ = Loopback.send("250 go on\r\n", to: connection)
            case "RCPT":
                let address = Self.address(line)
                if manner.refusing[address] == nil { to.append(address) }
                _ = Loopback.send("\(manner.refusing[address] ?? "250 go on")\r\n", to: connection)
            case "DATA":
                _ = Loopback.send("354 go on\r\n", to: connection)
                guard let content = lines.content() else { return }
                guard let verdict = manner.verdict else { return Loopback.waitForEnd(connection) }
                if verdict.hasPrefix("2") {
                    let mail = Mail(from: from, to: to, content: content)
                    taken.withLock { $0.append(mail) }
                }
                _ = Loopback.send("\(verdict)\r\n", to: connection)
            case "QUIT":
                _ = Loopback.send("221 bye\r\n", to: connection)
                return
            default:
                _ = Loopback.send("500 what?\r\n", to: connection)
            }
        }
    }

    private func verdict(on answer: String) -> String {
        guard let user = manner.user, let bytes = Data(base64Encoded: answer) else { return "501 what?" }
        let words = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        if words == [user.name, user.password] { return "235 welcome" }
        // A server that tells more than it should.
        return "535-5.7.8 not with this password:\r\n535 5.7.8 \(words.last ?? "") \(answer)"
    }

    /// `RCPT TO:<ops@example.org> …`
    private static func address(_ line: String) -> String {
        String(line.drop { $0 != "<" }.dropFirst().prefix { $0 != ">" })
    }

    private struct Lines {
        private let connection: Int32
        private var bytes: [UInt8] = []

        init(_ connection: Int32) {
            self.connection = connection
        }

        /// Without its end; nil once the other side has gone.
        mutating func next() -> String? {
            var buffer = [UInt8](repeating: 0, count: 4096)
            while true {
                if let end = bytes.firstIndex(of: 10) {
                    let line = bytes[..<end].filter { $0 != 13 }
                    bytes.removeFirst(end + 1)
                    return String(decoding: line, as: UTF8.self)
                }
                let count = recv(connection, &buffer, buffer.count, 0)
                if count <= 0 { return nil }
                bytes += buffer[..<count]
            }
        }

        /// A mail up to its dot.
        mutating func content() -> String? {
            var lines: [String] = []
            while let line = next() {
                if line == "." { return lines.joined(separator: "\n") }
                lines.append(line.hasPrefix(".") ? String(line.dropFirst()) : line)
            }
            return nil
        }
    }
}

/// Runs `body` beside a mail server.
func withMailReceiver<Value>(
    _ manner: MailReceiver.Manner = MailReceiver.Manner(), _ body: (MailReceiver) async throws -> Value
) async throws -> Value {
    try await Loopback.withListener { port in
        MailReceiver(port, manner)
    } serving: { receiver, connection in
        receiver.serve(connection)
    } running: { receiver in
        try await body(receiver)
    }
}
