import Foundation
import Glibc

extension FuzzTarget {
    /// Whatever comes over a connection is answered, or refused in words, and never with an error of the program's own.
    ///
    /// The first byte says whether it goes to the page or to the control socket, which wants no token.
    static let requests = FuzzTarget(name: "requests") { bytes in
        let site = try ServedSite.shared.get()
        let door = (bytes.first ?? 0) & 1 == 0 ? site.page : site.control
        let answer = try exchange(Array(bytes.dropFirst()), over: door)
        guard !answer.isEmpty else { return }
        let text = String(decoding: answer.prefix(64), as: UTF8.self)
        guard text.hasPrefix("HTTP/1.1 "), let status = Int(text.dropFirst(9).prefix(3)) else {
            throw Broken(description: "the answer begins with \(text.debugDescription)")
        }
        // Not known here, too many at a time, another version.
        try require(status < 500 || [501, 503, 505].contains(status), "it is answered with \(status): \(text)")
    }

    /// Sends all, and gives what comes until the server ends the connection.
    private static func exchange(_ bytes: [UInt8], over path: String) throws -> [UInt8] {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try require(connected == 0, "the server takes no connection any more: \(String(cString: strerror(errno)))")
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            // It may have refused the rest, and have ended the connection.
            if count <= 0 { break }
            sent += count
        }
        shutdown(descriptor, Int32(SHUT_WR))
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            let code = errno
            if count > 0 { answer += buffer[..<count] }
            // libFuzzer looks at the clock by signals.
            if count > 0 || (count < 0 && code == EINTR) { continue }
            try require(code != EAGAIN || count == 0, "the server has not ended the connection for a minute")
            try require(count == 0 || code == ECONNRESET, "the connection broke: \(String(cString: strerror(code)))")
            return answer
        }
    }
}
