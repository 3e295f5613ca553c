import Glibc
import Model
import Pipeline
import Synchronization

/// Finds out the addresses of a name.
package protocol HostResolver: Sendable {
    /// All of them, the one to prefer first; never none.
    /// - Throws: that there are none, or that nobody can say; trying again may help.
    func addresses(of host: String) async throws(TargetRefusal) -> [IPAddress]
}

/// Asks the system, as any program would: getaddrinfo(3), which also sorts addresses that cannot be reached behind the
/// others (RFC 6724).
package struct SystemResolver: HostResolver {
    package init() {}

    package func addresses(of host: String) async throws(TargetRefusal) -> [IPAddress] {
        let answer = Answer()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Answer.Content, Never>) in
                guard answer.wait(continuation) else { return }
                // The thread may be stuck for half a minute; nobody who was cancelled waits for it.
                let isStarted = DedicatedThread.start { answer.give(Self.ask(host)) }
                if !isStarted {
                    answer.give(.failure(Self.refusal(host, "the system gives this process no more threads")))
                }
            }
        } onCancel: {
            answer.give(.failure(Self.refusal(host, "cancelled")))
        }
        return try result.get()
    }

    private static func ask(_ host: String) -> Answer.Content {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &list)
        guard code == 0 else {
            return .failure(refusal(host, gai_strerror(code).map { String(cString: $0) } ?? "error \(code)"))
        }
        defer { freeaddrinfo(list) }
        var addresses: [IPAddress] = []
        var next = list
        while let entry = next {
            // What cannot be read cannot be judged either, and one of them is enough to refuse.
            guard let address = text(of: entry.pointee).flatMap({ IPAddress($0) }) else {
                return .failure(refusal(host, "it has an address of an unknown kind"))
            }
            if !addresses.contains(address) { addresses.append(address) }
            next = entry.pointee.ai_next
        }
        return addresses.isEmpty ? .failure(refusal(host, "it has no address")) : .success(addresses)
    }

    private static func text(of entry: addrinfo) -> String? {
        guard let address = entry.ai_addr else { return nil }
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let isWritten: Bool
        switch entry.ai_family {
        case AF_INET:
            var source = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee.sin_addr }
            isWritten = inet_ntop(AF_INET, &source, &buffer, socklen_t(INET6_ADDRSTRLEN)) != nil
        case AF_INET6:
            var source = address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { $0.pointee.sin6_addr }
            isWritten = inet_ntop(AF_INET6, &source, &buffer, socklen_t(INET6_ADDRSTRLEN)) != nil
        default:
            return nil
        }
        guard isWritten else { return nil }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func refusal(_ host: String, _ reason: String) -> TargetRefusal {
        TargetRefusal("the host \(host) cannot be resolved: \(reason)", isTransient: true)
    }
}

/// One answer for one who waits: from the thread, or from the cancellation, whichever comes first.
private final class Answer: Sendable {
    typealias Content = Result<[IPAddress], TargetRefusal>

    private enum State {
        case open
        case awaited(CheckedContinuation<Content, Never>)
        case given(Content)
    }

    private let state = Mutex(State.open)

    /// - Returns: false where the answer was there already, and nobody has to be asked.
    func wait(_ continuation: CheckedContinuation<Content, Never>) -> Bool {
        let early = state.withLock { state -> Content? in
            if case .given(let content) = state { return content }
            state = .awaited(continuation)
            return nil
        }
        guard let early else { return true }
        continuation.resume(returning: early)
        return false
    }

    func give(_ content: Content) {
        let waiter = state.withLock { state -> CheckedContinuation<Content, Never>? in
            defer { if case .given = state {} else { state = .given(content) } }
            if case .awaited(let continuation) = state { return continuation }
            return nil
        }
        waiter?.resume(returning: content)
    }
}
