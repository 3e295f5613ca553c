import Model

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
    let target: String
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
        let (host, port) = try Self.split(authority)
        self.scheme = scheme
        self.host = host.lowercased()
        if let port {
            self.port = try Self.port(port)
        } else {
            self.port = scheme.standardPort
        }
        address = try Self.address(of: self.host)
        let target = rest[authority.endIndex...]
        self.target = target.hasPrefix("/") ? String(target) : "/\(target)"
    }

    /// The whole, as it is called.
    package var text: String { origin + target }

    /// Without path and query, which may hold secrets.
    package var description: String { origin }

    private var origin: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return "\(scheme.rawValue)://\(name)\(port == scheme.standardPort ? "" : ":\(port)")"
    }

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

    /// Host, without the brackets of an IPv6 address, and the port's digits.
    private static func split(_ authority: Substring) throws(TargetRefusal) -> (Substring, Substring?) {
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else {
                throw TargetRefusal("the URL has a host that cannot be read")
            }
            let inner = authority[..<end].dropFirst()
            let rest = authority[end...].dropFirst()
            guard inner.contains(":"), rest.isEmpty || rest.hasPrefix(":") else {
                throw TargetRefusal("the URL has a host that cannot be read")
            }
            return (inner, rest.isEmpty ? nil : rest.dropFirst())
        }
        let pieces = authority.split(separator: ":", omittingEmptySubsequences: false)
        guard pieces.count <= 2 else {
            throw TargetRefusal(
                "the URL has a host that cannot be read", hint: "An IPv6 address stands in [ ].")
        }
        return (pieces[0], pieces.count == 2 ? pieces[1] : nil)
    }

    private static func port(_ text: Substring) throws(TargetRefusal) -> Int {
        guard (1...5).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }),
            let port = Int(text), (1...65535).contains(port)
        else {
            throw TargetRefusal("the URL has a port that is not a number from 1 to 65535")
        }
        return port
    }

    /// The address that `host` is, nil for a name.
    private static func address(of host: String) throws(TargetRefusal) -> IPAddress? {
        if host.contains(":") {
            // Zones (`%eth0`) and whatever else could be read in two ways.
            guard host.utf8.allSatisfy({ "0123456789abcdef:.".utf8.contains($0) }), let address = IPAddress(host) else {
                throw TargetRefusal("the URL has an IPv6 address that cannot be read")
            }
            return address
        }
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        guard host.utf8.count <= 253, labels.allSatisfy({ isLabel($0) }) else {
            throw TargetRefusal("the URL has no host, or one that is not a name")
        }
        guard let last = labels.last, isNumber(last) else { return nil }
        // getaddrinfo(3) reads 127.1, 0x7f000001 and 0177.0.0.1 too: only the plain form is taken.
        guard labels.count == 4, labels.allSatisfy({ isOctet($0) }), let address = IPAddress(host) else {
            throw TargetRefusal(
                "the URL has a number for a host", hint: "Write an address as four numbers from 0 to 255.")
        }
        return address
    }

    private static func isLabel(_ label: Substring) -> Bool {
        (1...63).contains(label.utf8.count)
            && label.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                    UInt8(ascii: "_"):
                    return true
                default:
                    return false
                }
            }
    }

    /// Whether a name that ends with it would be read as an address: https://url.spec.whatwg.org/#ends-in-a-number-checker
    private static func isNumber(_ label: Substring) -> Bool {
        if label.utf8.allSatisfy({ (48...57).contains($0) }) { return true }
        guard label.hasPrefix("0x") else { return false }
        return label.dropFirst(2).utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }

    private static func isOctet(_ label: Substring) -> Bool {
        guard let number = UInt8(label) else { return false }
        return String(number) == label
    }
}
