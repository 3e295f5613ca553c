/// A URL at which somebody wants to be told of something, taken apart as far as is needed to decide whether it may
/// be called.
///
/// Read more strictly than RFC 3986 asks for: where parsers disagree about a URL, one may be checked and another called.
/// What is called is `text`, put together from the parts that were checked.
package struct TargetURL: Sendable, Hashable, CustomStringConvertible {
    package enum Scheme: String, Sendable {
        case https
        case http

        var standardPort: Int { self == .https ? 443 : 80 }
    }

    /// The most bytes that a URL may have.
    package static let longest = 2048

    package let scheme: Scheme
    /// Lower case; of an IPv6 address without brackets.
    package let host: String
    package let port: Int
    /// Path and query; begins with a slash.
    package let target: String
    /// The host, where it is no name.
    package let address: IPAddress?

    /// - Throws: what is wrong with it, as a sentence.
    package init(_ text: String) throws(TargetRefusal) {
        guard text.utf8.count <= Self.longest else {
            throw TargetRefusal("the URL is longer than \(Self.longest) bytes")
        }
        guard text.utf8.allSatisfy({ Self.isAllowed($0) }) else {
            throw TargetRefusal(
                "the URL holds a space or another character that has no place in a URL",
                hint: "Write it percent-encoded, and international names in their xn-- form.")
        }
        guard !text.contains("#") else {
            throw TargetRefusal("the URL has a fragment, which no server would see")
        }
        guard let colon = text.firstIndex(of: ":"), let scheme = Scheme(rawValue: text[..<colon].lowercased()),
            text[colon...].hasPrefix("://")
        else {
            throw TargetRefusal("the URL must begin with https://")
        }
        let rest = text[colon...].dropFirst(3)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard !authority.contains("@") else {
            throw TargetRefusal(
                "the URL holds a user name or a password", hint: "Put a secret into its path or its query.")
        }
        guard let place = HostAndPort(String(authority)), place.port != 0 else { throw TargetRefusal.unreadableHost }
        self.scheme = scheme
        host = place.host
        port = place.port ?? scheme.standardPort
        address = IPAddress(place.host)
        let target = rest[authority.endIndex...]
        self.target = target.hasPrefix("/") ? String(target) : "/\(target)"
    }

    /// The whole, as it is called.
    package var text: String { origin + target }

    /// Without path and query, which may hold secrets.
    package var description: String { origin }

    /// The host, and the port where it is not the usual one.
    package var place: String { HostAndPort.text(host, port == scheme.standardPort ? nil : port) }

    private var origin: String { "\(scheme.rawValue)://\(place)" }

    /// Where an answer's `Location` leads (RFC 3986, 5.2), without its fragment.
    package func following(_ location: String) throws(TargetRefusal) -> TargetURL {
        let location = String(location.prefix { $0 != "#" })
        if Self.hasScheme(location) { return try TargetURL(location) }
        if location.hasPrefix("//") { return try TargetURL("\(scheme.rawValue):\(location)") }
        if location.hasPrefix("/") { return try TargetURL(origin + location) }
        let path = target.prefix { $0 != "?" }
        if location.isEmpty || location.hasPrefix("?") { return try TargetURL(origin + path + location) }
        let folder = path.prefix(through: path.lastIndex(of: "/") ?? path.startIndex)
        return try TargetURL(origin + folder + location)
    }
}

extension TargetURL {
    private static let firstFreePort = 1024

    /// Checks what the URL itself says of where it leads: only https, only the public Internet, and only ports at which
    /// web servers are. What its name is resolved to has to be looked at when it is called.
    /// - Parameter exception: where others may be called: `http.callback_hosts names them`.
    /// - Throws: what is wrong with it.
    package func requirePublic(exception: String) throws(TargetRefusal) {
        let privateHosts = "osts of your own network may be called where \(exception)."
        guard scheme == .https else {
            throw TargetRefusal("the URL must begin with https://", hint: "H\(privateHosts)")
        }
        guard port == scheme.standardPort || port >= Self.firstFreePort else {
            throw TargetRefusal(
                "the URL has port \(port), which belongs to another service",
                hint: "443 will do, and those from \(Self.firstFreePort) on; h\(privateHosts)")
        }
        let isLocal = host == "localhost" || host.hasSuffix(".localhost")
        guard !isLocal, address?.isPublic ?? true else {
            throw TargetRefusal(
                "the URL leads to \(host), which is not of the public Internet", hint: "H\(privateHosts)")
        }
    }

    /// The characters of RFC 3986.
    private static func isAllowed(_ byte: UInt8) -> Bool {
        isLetterOrDigit(byte) || "-._~:/?#[]@!$&'()*+,;=%".utf8.contains(byte)
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    private static func hasScheme(_ text: String) -> Bool {
        guard let colon = text.firstIndex(of: ":") else { return false }
        return text[..<colon].utf8.allSatisfy { isLetterOrDigit($0) || "+-.".utf8.contains($0) }
    }
}
