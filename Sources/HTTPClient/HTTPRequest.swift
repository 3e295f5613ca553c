import Glibc

/// One HTTP/1.1 request. Redirects are not followed, bodies are not decompressed, and TLS is always verified.
package struct HTTPRequest: Sendable {
    /// What is sent after the head.
    package enum Body: Sendable {
        case none
        /// Sent with its exact Content-Length, and without `Expect: 100-continue`.
        case bytes([UInt8])
    }

    /// `GET`, `PUT` and so on.
    package var method: String
    /// An absolute http or https URL, percent-encoded; its path is sent as it stands here.
    package var url: String
    package var headers: HTTPHeaders
    package var body: Body
    /// How long resolving, connecting and the TLS handshake may take together.
    package var connectTimeout: Duration
    /// A transfer slower than `stallSpeed` for this long fails (in whole seconds, at least one).
    package var stallTimeout: Duration
    /// Bytes a second.
    package var stallSpeed: Int
    /// Bytes a second at which the body is sent at most; nil for no limit.
    package var maxSendRate: Int64?
    /// How long all of it may take, from resolving to the last byte of the answer; nil for as long as it does not stall.
    package var timeout: Duration?
    /// The path of a Unix socket to connect to in place of the URL's host, at most 107 bytes; proxies are not asked then.
    package var unixSocket: String?
    /// The numeric address to connect to in place of what the URL's host resolves to; the host's name stays in the Host
    /// field and in TLS, and proxies are not asked. With it, an address that was checked is the address that is used.
    package var resolvedAddress: String?

    package init(
        method: String = "GET",
        url: String,
        headers: HTTPHeaders = HTTPHeaders(),
        body: Body = .none,
        connectTimeout: Duration = .seconds(15),
        stallTimeout: Duration = .seconds(60),
        stallSpeed: Int = 1024,
        maxSendRate: Int64? = nil,
        timeout: Duration? = nil,
        unixSocket: String? = nil,
        resolvedAddress: String? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.connectTimeout = connectTimeout
        self.stallTimeout = stallTimeout
        self.stallSpeed = stallSpeed
        self.maxSendRate = maxSendRate
        self.timeout = timeout
        self.unixSocket = unixSocket
        self.resolvedAddress = resolvedAddress
    }

    /// The URL's host without user, port, path and query: all that an error may show of it.
    package var host: String {
        guard let authority = HTTPURL.authority(of: url) else { return "" }
        let name = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? authority
        if name.first == "[" {
            return String(name.prefix { $0 != "]" }) + "]"
        }
        return String(name.prefix { $0 != ":" })
    }

    /// Where it goes, for errors: the socket's path, or the URL's host.
    var destination: String { unixSocket ?? host }

    /// Why this request must not be sent, or nil: control characters would let a value write headers of its own.
    var complaint: String? {
        let scheme = url.prefix { $0 != ":" }.lowercased()
        if scheme != "http" && scheme != "https" { return "the URL is neither http nor https" }
        if host.isEmpty { return "the URL names no host" }
        if url.utf8.contains(where: { $0 <= 32 || $0 == 127 }) { return "the URL holds a space or control character" }
        if method.isEmpty || !method.utf8.allSatisfy({ (65...90).contains($0) }) { return "the method is malformed" }
        for field in headers.fields {
            if field.name.isEmpty || field.name.utf8.contains(where: { $0 <= 32 || $0 == 58 || $0 >= 127 }) {
                return "a header's name is malformed"
            }
            if field.value.utf8.contains(where: { $0 == 0 || $0 == 10 || $0 == 13 }) {
                return "the header \(field.name) holds a control character"
            }
        }
        return destinationComplaint
    }

    private var destinationComplaint: String? {
        if let unixSocket {
            // sun_path has 108 bytes with its NUL (unix(7)).
            guard (1...107).contains(unixSocket.utf8.count), !unixSocket.utf8.contains(0) else {
                return "the socket's path is empty, too long or holds a NUL"
            }
            if resolvedAddress != nil { return "it names both a socket and an address" }
        }
        if let resolvedAddress, NumericAddress(resolvedAddress) == nil {
            return "the address to connect to is not a numeric one"
        }
        return nil
    }
}

/// An address that needs no resolving, as inet_pton(3) reads it.
struct NumericAddress {
    /// With IPv6 in brackets, as URLs have it.
    let urlText: String

    init?(_ text: String) {
        var bytes = in6_addr()
        if inet_pton(AF_INET, text, &bytes) == 1 {
            urlText = text
        } else if inet_pton(AF_INET6, text, &bytes) == 1 {
            urlText = "[\(text)]"
        } else {
            return nil
        }
    }
}

/// The little of a URL that this room takes apart itself (RFC 3986).
enum HTTPURL {
    /// What stands between `://` and the path: user, host and port.
    static func authority(of url: String) -> Substring? {
        guard let colon = url.firstIndex(of: ":") else { return nil }
        let rest = url[url.index(after: colon)...]
        guard rest.hasPrefix("//") else { return nil }
        return rest.dropFirst(2).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    }
}
