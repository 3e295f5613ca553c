import HTTPTypes
import Model

/// Where a request comes from.
package struct Peer: Sendable, Equatable, CustomStringConvertible {
    /// The client's; nil over a unix socket without a proxy that names it.
    package let address: IPAddress?
    package let isControlSocket: Bool
    /// Whether the client speaks https, as far as a trusted proxy says so.
    package let isSecure: Bool

    package init(address: IPAddress?, isControlSocket: Bool, isSecure: Bool) {
        self.address = address
        self.isControlSocket = isControlSocket
        self.isSecure = isSecure
    }

    package var description: String {
        address?.description ?? (isControlSocket ? "control socket" : "unix socket")
    }
}

extension Peer {
    /// Takes the word of trusted proxies for where a request comes from, and of no one else.
    ///
    /// `X-Forwarded-For` is read from its end, where the nearest proxy wrote: the first address that is no trusted proxy
    /// is the client. <https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/X-Forwarded-For>
    ///
    /// - Parameters:
    ///   - remote: The other end of the connection; nil for a unix socket, which only those can open whom its
    ///     permissions let: their word is taken.
    init(remote: IPAddress?, headers: HTTPFields, trusted: [AddressRange]) {
        let isTrusted = { (address: IPAddress) in trusted.contains { $0.contains(address) } }
        guard remote.map(isTrusted) ?? true else {
            self.init(address: remote, isControlSocket: false, isSecure: false)
            return
        }
        var client = remote
        for text in Self.list(headers[values: Self.forwardedFor]).reversed() {
            guard let address = IPAddress(text) else { break }
            client = address
            if !isTrusted(address) { break }
        }
        let protocols = Self.list(headers[values: Self.forwardedProtocol])
        self.init(address: client, isControlSocket: false, isSecure: protocols.last?.lowercased() == "https")
    }

    /// Over the control socket.
    static let control = Peer(address: nil, isControlSocket: true, isSecure: false)

    private static let forwardedFor = FieldName.make("X-Forwarded-For")
    private static let forwardedProtocol = FieldName.make("X-Forwarded-Proto")

    /// The elements of all the fields together, without what some proxies put around addresses.
    private static func list(_ values: [String]) -> [String] {
        values.flatMap { $0.split(separator: ",") }.map { $0.filter { !" \t".contains($0) } }.filter { !$0.isEmpty }
            .map { withoutPort($0) }
    }

    /// `203.0.113.7:1234` and `[2001:db8::1]:1234` as some write them.
    private static func withoutPort(_ text: String) -> String {
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            return String(text[text.index(after: text.startIndex)..<end])
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 2 ? String(parts[0]) : text
    }
}
