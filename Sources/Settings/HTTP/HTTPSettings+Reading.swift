import Model
import YAML

extension HTTPSettings {
    private static let keys = [
        "listen", "public_url", "tokens", "rate_limit", "trusted_proxies", "callback_hosts", "export_keep",
    ]

    /// Reads `http:`; what has a complaint keeps its default.
    static func read(_ reader: NodeReader) -> HTTPSettings {
        var settings = HTTPSettings()
        guard let mapping = reader.mapping("settings such as {listen: \"127.0.0.1:8630\"}", keys: keys) else {
            return settings
        }
        if let listen = mapping["listen"]?.listen() { settings.listen = listen }
        settings.publicURL = mapping["public_url"]?.publicURL()
        if let tokens = mapping["tokens"] { settings.tokens = Token.readAll(tokens) }
        if let limit = mapping["rate_limit"]?.orOff({ $0.rateLimit() }) { settings.rateLimit = limit.value }
        settings.trustedProxies = mapping["trusted_proxies"]?.addressRanges() ?? []
        settings.callbackHosts = mapping["callback_hosts"]?.hosts() ?? []
        let kept = Duration.seconds(60)...Duration.seconds(365 * 86_400)
        if let keep = mapping["export_keep"]?.duration(in: kept, spelled: "1m to 365d") {
            settings.exportKeep = keep.components.seconds
        }
        if !settings.listen.isLocal, settings.publicURL?.hasPrefix("https:") != true {
            let listen = mapping["listen"] ?? reader
            reader.context.note(
                reader.file, listen.node.mark,
                "other machines can reach \(settings.listen), and what they send and get is not encrypted, tokens and"
                    + " dumps among it: put a proxy with TLS in front of it, and its address into `public_url`")
        }
        return settings
    }
}

extension NodeReader {
    private static let listenForms = "\"127.0.0.1:8630\", \"[::1]:8630\", unix:/run/nightjar/http.sock or off"

    fileprivate func listen() -> HTTPSettings.Listen? {
        switch orOff({ $0.listenAddress() }) {
        case .off?: .off
        case .on(let address)?: address
        case nil: nil
        }
    }

    private func listenAddress() -> HTTPSettings.Listen? {
        guard let text = self.text(Self.listenForms) else { return nil }
        let isSocket = text.hasPrefix("unix:")
        let path = isSocket ? String(text.dropFirst(5)) : text
        if path.hasPrefix("/") { return socketPath(path).map { HTTPSettings.Listen.unix(path: $0) } }
        guard !isSocket, let place = HostAndPort(text), let port = place.port else {
            complainExpected(Self.listenForms, hint: "0.0.0.0 and [::] stand for all addresses of this machine")
            return nil
        }
        return .tcp(host: place.host, port: port)
    }

    fileprivate func publicURL() -> String? {
        anyEndpoint(hint: "http:// is possible too; no user, no path")?.text
    }

    fileprivate func rateLimit() -> HTTPSettings.RateLimit? {
        let what = "a number of requests and a unit of time such as 6/min, or off"
        let units: [Substring: Int64] = ["s": 1, "min": 60, "h": 3600, "d": 86_400]
        guard let text = self.text(what) else { return nil }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].allSatisfy({ $0.isASCII && $0.isNumber }), let count = Int(parts[0]),
            let seconds = units[parts[1]]
        else {
            complainExpected(what, hint: "units are s, min, h and d")
            return nil
        }
        guard (1...1_000_000).contains(count) else {
            complainExpected("1 to 1000000 requests, or off")
            return nil
        }
        return HTTPSettings.RateLimit(count: count, seconds: seconds)
    }

    fileprivate func addressRanges() -> [AddressRange]? {
        guard !isNothing else { return nil }
        let items = list("a list of addresses and ranges such as [\"10.0.0.0/8\", \"::1\"]")
        return items?.compactMap { item in
            let what = "an address or a range such as 10.0.0.0/8"
            guard let text = item.text(what) else { return nil }
            guard let range = AddressRange(text) else {
                item.complainExpected(what, hint: "no bits are set after those that the range has in common")
                return nil
            }
            return range
        }
    }

    fileprivate func hosts() -> [String]? {
        guard !isNothing else { return nil }
        let items = list("a list of hosts such as [\"ci.internal:8443\"]")
        return items?.compactMap { item in
            let what = "a host or host:port such as ci.internal:8443"
            guard let text = item.text(what) else { return nil }
            guard let place = HostAndPort(text), place.port != 0 else {
                item.complainExpected(what, hint: "no scheme, no path, no wildcards; an address of IPv6 in brackets")
                return nil
            }
            return HostAndPort.text(place.host, place.port)
        }
    }
}
