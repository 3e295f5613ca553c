import Model

/// What `http:` says: where the status page and the API are served, and to whom.
package struct HTTPSettings: Sendable, Equatable {
    /// Where requests are taken.
    package enum Listen: Sendable, Equatable {
        case off
        /// An address or a name, without brackets, and 0 to 65535; with port 0 the kernel picks one.
        case tcp(host: String, port: Int)
        /// A socket's absolute path.
        case unix(path: String)
    }

    /// Who may ask, and for what.
    package struct Token: Sendable, Equatable {
        /// Shown in logs and pages; no other token has it.
        package var name: String
        /// 16 bytes of printable ASCII or more, without spaces; no other token has it.
        package var secret: Secret
        package var scope: AccessScope

        package init(name: String, secret: Secret, scope: AccessScope) {
            self.name = name
            self.secret = secret
            self.scope = scope
        }
    }

    /// So many requests in so much time.
    package struct RateLimit: Sendable, Equatable {
        /// 1 to 1,000,000.
        package var count: Int
        /// 1, or the seconds of a minute, an hour or a day.
        package var seconds: Int64

        package init(count: Int, seconds: Int64) {
            self.count = count
            self.seconds = seconds
        }
    }

    package var listen: Listen
    /// What the page is called from outside: `https://host[:port]` or `http://host[:port]`, without a slash at its end.
    package var publicURL: String?
    /// Empty where none is configured.
    package var tokens: [Token]
    /// Export requests of one token; nil for as many as it likes.
    package var rateLimit: RateLimit?
    /// Whose word on who asked is taken.
    package var trustedProxies: [AddressRange]
    /// Where callbacks may go although it is a private address, and without TLS: `host` or `host:port`, in lower case;
    /// addresses in their usual form, those of IPv6 in brackets. See ``allowsCallback(host:port:)``.
    package var callbackHosts: [String]
    /// How long an export that somebody asked for is kept, in seconds; a minute to 365 days.
    package var exportKeep: Int64

    package init(
        listen: Listen = HTTPSettings.standardListen, publicURL: String? = nil, tokens: [Token] = [],
        rateLimit: RateLimit? = HTTPSettings.standardRateLimit, trustedProxies: [AddressRange] = [],
        callbackHosts: [String] = [], exportKeep: Int64 = 86_400
    ) {
        self.listen = listen
        self.publicURL = publicURL
        self.tokens = tokens
        self.rateLimit = rateLimit
        self.trustedProxies = trustedProxies
        self.callbackHosts = callbackHosts
        self.exportKeep = exportKeep
    }

    /// Port 8630 of this machine alone.
    package static let standardListen = Listen.tcp(host: "127.0.0.1", port: 8630)
    /// Six a minute.
    package static let standardRateLimit = RateLimit(count: 6, seconds: 60)

    /// Whether callbacks may go to a host although it is private, and without TLS.
    ///
    /// - Parameters:
    ///   - host: As a URL has it: a name or an address, with or without brackets, in any case.
    ///   - port: The URL's, or its scheme's.
    package func allowsCallback(host: String, port: Int) -> Bool {
        let isBare = !host.hasPrefix("[") && host.utf8.contains(UInt8(ascii: ":"))
        guard let wanted = HostAndPort(isBare ? "[\(host)]" : host), wanted.port == nil else { return false }
        return callbackHosts.contains { entry in
            guard let allowed = HostAndPort(entry), allowed.host == wanted.host else { return false }
            return allowed.port == nil || allowed.port == port
        }
    }
}

extension HTTPSettings.Listen: CustomStringConvertible {
    /// As the configuration has it: `off`, `127.0.0.1:8630`, `[::1]:8630`, `unix:/run/nightjar/http.sock`.
    package var description: String {
        switch self {
        case .off: "off"
        case .tcp(let host, let port): HostAndPort.text(host, port)
        case .unix(let path): "unix:\(path)"
        }
    }

    /// Whether only this machine itself can reach it, as far as its text can say that.
    package var isLocal: Bool {
        guard case .tcp(let host, _) = self else { return true }
        return HostAndPort.isLoopback(host)
    }
}

extension IPAddress {
    /// 127.0.0.0/8 and ::1.
    fileprivate var isLoopback: Bool {
        isIPv6 ? bytes.last == 1 && bytes.dropLast().allSatisfy { $0 == 0 } : bytes.first == 127
    }
}
