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
    private let listener: Int32
    private let taken = Mutex<[Message]>([])
    private let answer: @Sendable (Message) -> Answer

    fileprivate init(_ reserved: LoopbackPort, _ answer: @escaping @Sendable (Message) -> Answer) throws {
        port = reserved.number
        listener = try reserved.openListener()
        self.answer = answer
    }

    var messages: [Message] { taken.withLock { $0 } }

    fileprivate func start() {
        Thread.detachNewThread { [self] in
            while true {
                let connection = accept(listener, nil, nil)
                if connection < 0 { break }
                serve(connection)
                _ = close(connection)
            }
            _ = close(listener)
        }
    }

    fileprivate func stop() {
        _ = shutdown(listener, Int32(SHUT_RDWR))
    }

    private func serve(_ connection: Int32) {
        guard let message = read(connection) else { return }
        taken.withLock { $0.append(message) }
        let answer = answer(message)
        switch answer.ending {
        case .answered: break
        case .closed: return
        case .silent:
            var rest = [UInt8](repeating: 0, count: 16)
            while recv(connection, &rest, rest.count, 0) > 0 {}
            return
        }
        var lines = ["HTTP/1.1 \(answer.status) Answer", "Connection: close"]
        lines.append("Content-Length: \(answer.body.utf8.count)")
        lines += answer.headers.map { "\($0.key): \($0.value)" }
        let bytes = Array("\(lines.joined(separator: "\r\n"))\r\n\r\n\(answer.body)".utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { rest in
                send(connection, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return }
            sent += count
        }
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

/// Runs `body` beside a receiver that answers each message as `answer` says.
func withReceiver<Value>(
    answering answer: @escaping @Sendable (WebReceiver.Message) -> WebReceiver.Answer,
    _ body: (WebReceiver) async throws -> Value
) async throws -> Value {
    let port = try LoopbackPort.reserve()
    defer { port.release() }
    let receiver = try WebReceiver(port, answer)
    receiver.start()
    defer { receiver.stop() }
    return try await body(receiver)
}

/// The same with one that takes everything.
func withReceiver<Value>(_ body: (WebReceiver) async throws -> Value) async throws -> Value {
    try await withReceiver(answering: { _ in WebReceiver.Answer() }, body)
}
