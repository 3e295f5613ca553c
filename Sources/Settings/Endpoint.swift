/// The address of an S3 server: scheme, host and port, nothing else.
struct Endpoint {
    let isEncrypted: Bool
    /// Lower case; IPv6 addresses in their brackets.
    let host: String
    let port: Int?

    /// Nil unless `text` is `https://host[:port]` or `http://host[:port]`, with at most a slash after it.
    init?(_ text: String) {
        let lower = text.lowercased()
        var rest: Substring
        if lower.hasPrefix("https://") {
            isEncrypted = true
            rest = lower.dropFirst(8)
        } else if lower.hasPrefix("http://") {
            isEncrypted = false
            rest = lower.dropFirst(7)
        } else {
            return nil
        }
        if rest.last == "/" { rest.removeLast() }

        let name: Substring
        let tail: Substring
        if rest.first == "[" {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            name = rest[...end]
            tail = rest[rest.index(after: end)...]
            guard name.dropFirst().dropLast().contains(":"),
                name.dropFirst().dropLast().allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." })
            else { return nil }
        } else {
            let end = rest.firstIndex(of: ":") ?? rest.endIndex
            name = rest[..<end]
            tail = rest[end...]
            guard !name.isEmpty, name.allSatisfy({ Self.isHostCharacter($0) }) else { return nil }
        }
        if tail.isEmpty {
            port = nil
        } else {
            let digits = tail.dropFirst()
            guard tail.first == ":", digits.allSatisfy({ $0.isASCII && $0.isNumber }), let number = Int(digits),
                (1...65535).contains(number)
            else { return nil }
            port = number
        }
        host = String(name)
    }

    /// Whether the host is this machine itself: 127.0.0.0/8, ::1 or localhost.
    var isLoopback: Bool {
        if host == "localhost" || host == "[::1]" { return true }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers[0] == "127" && numbers.allSatisfy { UInt8($0) != nil }
    }

    /// `https://host[:port]`, without a slash at the end.
    var text: String {
        "\(isEncrypted ? "https" : "http")://\(host)" + (port.map { ":\($0)" } ?? "")
    }

    private static func isHostCharacter(_ character: Character) -> Bool {
        character.isASCII
            && (character.isLetter || character.isNumber || character == "." || character == "-"
                || character == "_")
    }
}

extension NodeReader {
    /// An S3 server's address, see ``Endpoint``. Unencrypted only to this machine itself.
    func endpoint() -> String? {
        guard let endpoint = anyEndpoint(hint: "no user, no path; the bucket goes under `bucket`") else { return nil }
        guard endpoint.isEncrypted || endpoint.isLoopback else {
            complain(
                "`\(key)`: http:// is only for this machine itself (127.0.0.0/8, ::1, localhost)",
                hint: "use https://\(endpoint.host)")
            return nil
        }
        return endpoint.text
    }

    /// An address, encrypted or not. What is none and has an `@` may hold a password, and is not shown.
    func anyEndpoint(hint: String) -> Endpoint? {
        let what = "https://host or https://host:port"
        guard let text = self.text(what) else { return nil }
        if let endpoint = Endpoint(text) { return endpoint }
        if text.utf8.contains(UInt8(ascii: "@")) {
            complain("`\(key)`: expected \(what), found something else", hint: hint)
        } else {
            complainExpected(what, hint: hint)
        }
        return nil
    }
}
