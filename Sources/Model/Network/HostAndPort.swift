/// A host as URLs and settings name it, with or without a port.
package struct HostAndPort: Sendable {
    /// A name in lower case, or an address in its usual form, without brackets.
    package let host: String
    /// 0 to 65535.
    package let port: Int?

    /// Reads `name`, `name:80`, `192.0.2.1:80`, `[::1]` and `[::1]:80`; nil for everything else. What ends like an address
    /// of IPv4 must be one, in its strict form: other readers would make an address of `127.1`, too.
    package init?(_ text: String) {
        let name: Substring
        let rest: Substring
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            name = text[..<end].dropFirst()
            rest = text[text.index(after: end)...]
            guard name.utf8.contains(UInt8(ascii: ":")), let address = IPAddress(String(name)) else { return nil }
            host = address.description
        } else {
            let end = text.firstIndex(of: ":") ?? text.endIndex
            name = text[..<end]
            rest = text[end...]
            guard let found = Self.nameOrIPv4(name.lowercased()) else { return nil }
            host = found
        }
        if rest.isEmpty {
            port = nil
        } else {
            let digits = rest.dropFirst()
            guard rest.hasPrefix(":"), digits.utf8.count <= 5, digits.allSatisfy({ $0.isASCII && $0.isNumber }),
                let number = Int(digits), number <= 65535
            else { return nil }
            port = number
        }
    }

    /// `host:port`, an address of IPv6 in brackets.
    package static func text(_ host: String, _ port: Int?) -> String {
        let shown = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
        return port.map { "\(shown):\($0)" } ?? shown
    }

    /// Whether a host is this machine itself, as far as its text can say that: 127.0.0.0/8, ::1 or localhost.
    package static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || IPAddress(host)?.isLoopback ?? false
    }

    /// RFC 1123, 2.1, with the underscore that names of services have.
    private static func nameOrIPv4(_ text: String) -> String? {
        if let address = IPAddress(text) { return address.description }
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        guard let last = labels.last, !looksLikeNumber(last), text.utf8.count <= 253 else { return nil }
        let areLabels = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.unicodeScalars.allSatisfy { isNameScalar($0) }
                && !label.hasPrefix("-") && !label.hasSuffix("-")
        }
        return areLabels ? text : nil
    }

    /// https://url.spec.whatwg.org/#ends-in-a-number-checker
    private static func looksLikeNumber(_ label: Substring) -> Bool {
        if label.hasPrefix("0x") { return label.dropFirst(2).allSatisfy { $0.isHexDigit } }
        return label.allSatisfy { $0.isNumber }
    }

    private static func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "0"..."9", "-", "_": true
        default: false
        }
    }
}
