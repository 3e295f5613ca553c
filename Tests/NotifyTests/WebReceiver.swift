import Foundation
import Glibc
import Notify
import Synchronization
import TestSupport

/// A web server on 127.0.0.1 that takes one request a connection, remembers it, and answers as a test says.
final class WebReceiver: Sendable {
    struct Message: Sendable {
        let method: String
        let target: String
        /// By name in lower case.
        let headers: [String: String]
        let body: String
    }

    /// What becomes of a request.
    enum Ending: Sendable {
        case answered
        /// The connection ends without an answer.
        case closed
        /// There is never an answer; the connection ends with the client's patience.
        case silent
    }

    struct Answer: Sendable {
        var status = 200
        var headers: [String: String] = [:]
        var body = ""
        var ending = Ending.answered
    }

    let port: UInt16
    private let taken = Mutex<[Message]>([])
    private let answer: @Sendable (Message) -> Answer

    fileprivate init(_ port: UInt16, _ answer: @escaping @Sendable (Message) -> Answer) {
        self.port = port
        self.answer = answer
    }

    var messages: [Message] { taken.withLock { $0 } }

    fileprivate func serve(_ connection: Int32) {
        guard let message = read(connection) else { return }
        taken.withLock { $0.append(message) }
        let answer = answer(message)
        switch answer.ending {
        case .answered: break
        case .closed: return
        case .silent: return Loopback.waitForEnd(connection)
        }
        var lines = ["HTTP/1.1 \(answer.status) Answer", "Connection: close"]
        lines.append("Content-Length: \(answer.body.utf8.count)")
        lines += answer.headers.map { "\($0.key): \($0.value)" }
        _ = Loopback.send("\(lines.joined(separator: "\r\n"))\r\n\r\n\(answer.body)", to: connection)
    }

    private func read(_ connection: Int32) -> Message? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            if let message = Self.message(bytes) { return message }
            let count = recv(connection, &buffer, buffer.count, 0)
            if count <= 0 { return nil }
            bytes += buffer[..<count]
        }
    }

    /// nil while something is missing.
    private static func message(_ bytes: [UInt8]) -> Message? {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n") else { return nil }
        let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            headers[line[..<colon].lowercased()] = value
        }
        let body = String(text[end.upperBound...])
        guard words.count == 3, body.utf8.count >= Int(headers["content-length"] ?? "0") ?? 0 else { return nil }
        return Message(method: String(words[0]), target: String(words[1]), headers: headers, body: body)
    }
}

/// One status after the other.
final class Answers: Sendable {
    private let left: Mutex<[Int]>

    init(_ statuses: [Int]) {
        left = Mutex(statuses)
    }

    func next() -> WebReceiver.Answer {
        left.withLock { left in WebReceiver.Answer(status: left.isEmpty ? 200 : left.removeFirst()) }
    }
}

/// Runs `body` beside a receiver that answers each message as `answer` says.
func withReceiver<Value>(
    answering answer: @escaping @Sendable (WebReceiver.Message) -> WebReceiver.Answer,
    _ body: (WebReceiver) async throws -> Value
) async throws -> Value {
    try await Loopback.withListener { port in
        WebReceiver(port, answer)
    } serving: { receiver, connection in
        receiver.serve(connection)
    } running: { receiver in
        try await body(receiver)
    }
}

/// The same with one that takes everything.
func withReceiver<Value>(_ body: (WebReceiver) async throws -> Value) async throws -> Value {
    try await withReceiver(answering: { _ in WebReceiver.Answer() }, body)
}
