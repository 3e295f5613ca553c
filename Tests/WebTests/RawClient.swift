import Foundation
import Glibc
import Synchronization

@testable import Web

/// A connection on which a test says exactly what it wants.
///
/// Waits on threads of its own: the server under test needs those of the tasks.
final class RawClient: Sendable {
    struct Answer {
        let status: Int
        /// By their names in lower case.
        let fields: [String: String]
        let body: String
    }

    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    private let descriptor: Int32
    private let received = Mutex<[UInt8]>([])
    private let reset = Mutex(false)

    init(_ address: BoundAddress) throws {
        switch address {
        case .tcp(let host, let port): descriptor = try Self.connect(host, port)
        case .unix(let path): descriptor = try Self.connect(path)
        }
        // Only so that a test that fails does not hang.
        var patience = timeval(tv_sec: 1200, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// Whether the server has broken the connection off, and not closed it: what it had sent could have been lost.
    var wasReset: Bool { reset.withLock { $0 } }

    /// Sends nothing more.
    func finish() throws {
        guard shutdown(descriptor, Int32(SHUT_WR)) == 0 else {
            throw Failed(description: "cannot shut down: \(String(cString: strerror(errno)))")
        }
    }

    func send(_ text: String) throws {
        let bytes = Array(text.utf8)
        guard Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw Failed(description: "cannot send: \(String(cString: strerror(errno)))")
        }
    }

    /// The next answer, with as many bytes of its body as it says.
    /// - Parameter isHead: whether it has none, whatever it says.
    func answer(isHead: Bool = false) async throws -> Answer {
        let end = Array("\r\n\r\n".utf8)
        var bytes = received.withLock { $0 }
        var bodyAt: Int?
        while true {
            bodyAt = bytes.firstRange(of: end)?.upperBound
            if bodyAt != nil { break }
            let more = try await receive()
            guard !more.isEmpty else {
                throw Failed(description: "no answer: \(String(decoding: bytes, as: UTF8.self))")
            }
            bytes += more
        }
        let start = bodyAt ?? 0
        let lines = String(decoding: bytes[..<(start - 4)], as: UTF8.self).components(separatedBy: "\r\n")
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let name = line[..<colon].lowercased()
            let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            fields[name] = fields[name].map { "\($0), \(value)" } ?? value
        }
        let length = isHead ? 0 : fields["content-length"].flatMap { Int($0) } ?? 0
        while bytes.count < start + length {
            let more = try await receive()
            guard !more.isEmpty else { throw Failed(description: "the answer was cut short") }
            bytes += more
        }
        let rest = Array(bytes[(start + length)...])
        received.withLock { $0 = rest }
        let status = lines[0].split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return Answer(
            status: status, fields: fields, body: String(decoding: bytes[start..<(start + length)], as: UTF8.self))
    }

    /// All until the server has closed the connection.
    func rest() async throws -> String {
        var bytes = received.withLock { kept -> [UInt8] in
            defer { kept = [] }
            return kept
        }
        while true {
            let more = try await receive()
            if more.isEmpty { break }
            bytes += more
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Empty at the end.
    private func receive() async throws -> [UInt8] {
        try await onThread { [self] in
            var bytes = [UInt8](repeating: 0, count: 64 << 10)
            let count = recv(descriptor, &bytes, bytes.count, 0)
            if count >= 0 { return Array(bytes.prefix(count)) }
            guard errno == ECONNRESET else {
                throw Failed(description: "cannot receive: \(String(cString: strerror(errno)))")
            }
            reset.withLock { $0 = true }
            return []
        }
    }

    private static func connect(_ host: String, _ port: Int) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        inet_pton(AF_INET, host, &address.sin_addr)
        return try connect(descriptor, &address)
    }

    private static func connect(_ path: String) throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = unixAddress(path)
        return try connect(descriptor, &address)
    }

    private static func connect<Address>(_ descriptor: Int32, _ address: inout Address) throws -> Int32 {
        let length = socklen_t(MemoryLayout<Address>.size)
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(descriptor, $0, length) }
        }
        guard code == 0 else {
            let reason = String(cString: strerror(errno))
            close(descriptor)
            throw Failed(description: "cannot connect: \(reason)")
        }
        return descriptor
    }
}

/// The address of a unix socket.
func unixAddress(_ path: String) -> sockaddr_un {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    return address
}

/// Runs what blocks on a thread that nobody else needs.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}
