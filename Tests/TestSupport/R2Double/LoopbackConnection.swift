import Glibc

/// One accepted TCP connection, used by one thread: buffered reading, and writing that notices an idle peer.
///
/// Every call returns `nil` or `false` once the peer has gone or the socket has been shut down from elsewhere.
final class LoopbackConnection {
    private let descriptor: Int32
    private var buffer: [UInt8] = []

    init(descriptor: Int32) {
        self.descriptor = descriptor
        var one: Int32 = 1
        _ = setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        // A small send buffer, so that what the double has sent is close to what the client has taken.
        var size: Int32 = 128 * 1024
        _ = setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Reads up to and including the empty line that ends a request's head; at most 64 KiB.
    func readHead() -> [UInt8]? {
        var searched = 0
        while true {
            if let end = Self.endOfHead(in: buffer, from: searched) {
                let head = Array(buffer[..<end])
                buffer.removeFirst(end)
                return head
            }
            searched = max(0, buffer.count - 3)
            guard buffer.count < 64 * 1024, let more = receive(upTo: 16 * 1024) else { return nil }
            buffer.append(contentsOf: more)
        }
    }

    /// Reads exactly `count` bytes.
    func readBody(count: Int) -> [UInt8]? {
        let early = min(count, buffer.count)
        var body = Array(buffer[..<early])
        buffer.removeFirst(early)
        body.reserveCapacity(count)
        while body.count < count {
            guard let more = receive(upTo: min(count - body.count, 256 * 1024)) else { return nil }
            body.append(contentsOf: more)
        }
        return body
    }

    /// Reads and forgets until the peer closes or the socket is shut down.
    func discardUntilEnd() {
        buffer = []
        while receive(upTo: 256 * 1024) != nil {}
    }

    /// Says that nothing more will be sent, then waits for the peer to close, so that it can read what was sent.
    func finishSending() {
        _ = Glibc.shutdown(descriptor, Int32(SHUT_WR))
        discardUntilEnd()
    }

    /// Sends all of `bytes`. `progress` gets each number of bytes that the kernel took, and `resting` is called when
    /// the peer has not read for a quarter of a second.
    func send(_ bytes: ArraySlice<UInt8>, progress: (Int) -> Void, resting: () -> Void) -> Bool {
        bytes.withUnsafeBytes { raw in
            var sent = 0
            while sent < raw.count {
                guard let base = raw.baseAddress else { return true }
                let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
                let result = Glibc.send(descriptor, base + sent, min(raw.count - sent, 64 * 1024), flags)
                if result > 0 {
                    sent += result
                    progress(result)
                    continue
                }
                let failure = errno
                if failure == EINTR { continue }
                guard failure == EAGAIN else { return false }
                if !waitUntilWritable(milliseconds: 250) {
                    resting()
                    _ = waitUntilWritable(milliseconds: -1)
                }
            }
            return true
        }
    }

    /// Waits for `milliseconds`, or less when the connection ends.
    func pause(milliseconds: Int32) {
        var entry = pollfd(fd: descriptor, events: 0, revents: 0)
        _ = poll(&entry, 1, milliseconds)
    }

    private func waitUntilWritable(milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&entry, 1, milliseconds) > 0
    }

    private func receive(upTo count: Int) -> [UInt8]? {
        let chunk = [UInt8](unsafeUninitializedCapacity: count) { storage, initialized in
            initialized = 0
            guard let base = storage.baseAddress else { return }
            while true {
                let result = recv(descriptor, base, count, 0)
                if result < 0 && errno == EINTR { continue }
                initialized = max(0, result)
                return
            }
        }
        return chunk.isEmpty ? nil : chunk
    }

    private static func endOfHead(in bytes: [UInt8], from start: Int) -> Int? {
        let marker: [UInt8] = [13, 10, 13, 10]
        guard bytes.count >= start + marker.count else { return nil }
        for index in start...(bytes.count - marker.count) where bytes[index] == 13 {
            if bytes[index + 1] == 10, bytes[index + 2] == 13, bytes[index + 3] == 10 { return index + marker.count }
        }
        return nil
    }
}
