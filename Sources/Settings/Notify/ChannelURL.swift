import Model

/// Where a channel's messages go. Read as strictly as when it is called, so that what is wrong with it is known before.
struct ChannelURL {
    /// What is wrong with a URL. Shows of it the host at most.
    struct Problem: Error {
        let message: String
        var hint: String?
    }

    /// In a check's URL: the database's slug.
    static let placeholder = "{database}"
    /// Bytes: leaves room for what is added when it is called.
    private static let longest = 1800
    private static let firstFreePort = 1024
    private static let privateHint = "hosts of your own network may be called where a channel says allow_private: true"

    let secret: Secret
    /// Begins with a slash, or is empty.
    private let path: Substring

    /// - Parameters:
    ///   - allowsPrivate: whether http, and hosts of a private network, will do.
    ///   - isTemplate: whether path and query may hold the placeholder.
    init(_ secret: Secret, allowsPrivate: Bool, isTemplate: Bool) throws(Problem) {
        let text = secret.value
        try Self.checkCharacters(text, isTemplate: isTemplate)
        let start = text.prefix(8).lowercased()
        let isEncrypted = start.hasPrefix("https://")
        guard isEncrypted || start.hasPrefix("http://") else {
            throw Problem(message: "the URL must begin with https://")
        }
        let rest = text.dropFirst(isEncrypted ? 8 : 7)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard !authority.contains("@") else {
            throw Problem(
                message: "the URL holds a user name or a password", hint: "put a key into its path or its query")
        }
        guard let place = HostAndPort(String(authority)), place.port != 0 else {
            throw Problem(
                message: "the URL has a host that cannot be read",
                hint: "it is a name, four numbers from 0 to 255, or an address of IPv6 in [ ]; a port may follow")
        }
        if !allowsPrivate { try Self.checkPublic(place, isEncrypted: isEncrypted) }
        self.secret = secret
        path = rest[authority.endIndex...].prefix { $0 != "?" }
    }

    /// Whether there is more of a path than a slash.
    var namesTopic: Bool { path.contains(where: { $0 != "/" }) }

    private static func checkCharacters(_ text: String, isTemplate: Bool) throws(Problem) {
        guard text.utf8.count <= longest else { throw Problem(message: "the URL is longer than \(longest) bytes") }
        guard isTemplate || !text.contains(placeholder) else {
            throw Problem(message: "only the URL of healthchecks can hold \(placeholder)")
        }
        let filled = isTemplate ? text.replacing(placeholder, with: "database") : text
        guard filled.utf8.allSatisfy({ isAllowed($0) }) else {
            let advice = "write it percent-encoded, and international names in their xn-- form"
            throw Problem(
                message: "the URL holds a space or another character that has no place in a URL",
                hint: isTemplate ? "\(advice); \(placeholder) alone may stand in braces" : advice)
        }
        guard !text.contains("#") else { throw Problem(message: "the URL has a fragment, which no server would see") }
    }

    /// The characters of RFC 3986.
    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~:/?#[]@!$&'()*+,;=%".utf8.contains(byte)
        }
    }

    /// What the URL itself says of its host; its name is resolved when it is called.
    private static func checkPublic(_ place: HostAndPort, isEncrypted: Bool) throws(Problem) {
        guard isEncrypted else {
            throw Problem(message: "the URL must begin with https://", hint: "http:// and \(privateHint)")
        }
        if let port = place.port, port != 443, port < firstFreePort {
            throw Problem(
                message: "the URL has port \(port), which belongs to another service",
                hint: "443 will do, and those from \(firstFreePort) on; \(privateHint)")
        }
        let isLocal = place.host == "localhost" || place.host.hasSuffix(".localhost")
        guard !isLocal, IPAddress(place.host)?.isPublic ?? true else {
            throw Problem(
                message: "the URL leads to \(place.host), which is not of the public Internet", hint: privateHint)
        }
    }
}

extension NodeReader {
    /// A URL from wherever secrets come from: its path may hold a key. Never shown.
    func channelURL(allowsPrivate: Bool, isTemplate: Bool) -> ChannelURL? {
        guard let secret = self.secret() else { return nil }
        do throws(ChannelURL.Problem) {
            return try ChannelURL(secret, allowsPrivate: allowsPrivate, isTemplate: isTemplate)
        } catch {
            complain("`\(key)`: \(error.message)", hint: error.hint)
            return nil
        }
    }
}
