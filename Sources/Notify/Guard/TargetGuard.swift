import Model
import Settings

/// Decides whether a URL may be called, and at which address.
///
/// Only https, only addresses of the public Internet, and only ports at which web servers are: whoever may ask for an
/// export must not reach with it what this machine can reach and they cannot (server-side request forgery). Hosts that
/// the configuration allows are taken as they are. <https://owasp.org/Top10/A10_2021-Server-Side_Request_Forgery_%28SSRF%29/>
package struct TargetGuard: Sendable {
    /// A URL that may be called, and the only addresses to connect to: a name that is resolved a second time may have
    /// others by then.
    package struct Target: Sendable, Equatable {
        package let url: TargetURL
        package let address: IPAddress
        /// To connect to where nobody takes the connection at `address`: `localhost` is two, of which many a server has
        /// one only.
        package var others: [IPAddress] = []
    }

    /// Where hosts that are not public may be called, for hints.
    private let exception: String
    private let allows: @Sendable (_ host: String, _ port: Int) -> Bool
    private let resolver: any HostResolver

    /// For callbacks.
    /// - Parameter settings: of which `callback_hosts` counts.
    package init(settings: HTTPSettings, resolver: any HostResolver = SystemResolver()) {
        exception = "http.callback_hosts names them"
        allows = { settings.allowsCallback(host: $0, port: $1) }
        self.resolver = resolver
    }

    /// For a channel.
    package init(channel: ChannelSettings, resolver: any HostResolver = SystemResolver()) {
        exception = "the channel \(channel.name) says allow_private: true"
        allows = { _, _ in channel.allowsPrivate }
        self.resolver = resolver
    }

    /// Checks what can be told from the URL alone; nobody is asked.
    /// - Throws: what is wrong with it.
    package func read(_ text: String) throws(TargetRefusal) -> TargetURL {
        let url = try TargetURL(text)
        try check(url)
        return url
    }

    /// Resolves the host, and refuses it if any one of its addresses must not be called: which of them is connected to
    /// would be left to chance, or to whoever owns the name.
    package func target(of url: TargetURL) async throws(TargetRefusal) -> Target {
        try check(url)
        if let address = url.address { return Target(url: url, address: address) }
        let addresses = try await resolver.addresses(of: url.host)
        if !isException(url), let closed = addresses.first(where: { !$0.isPublic }) {
            throw TargetRefusal(
                "the host \(url.host) has the address \(closed), which is not of the public Internet",
                hint: "Hosts of your own network may be called where \(exception).")
        }
        guard let address = addresses.first else {
            throw TargetRefusal("the host \(url.host) has no address", isTransient: true)
        }
        return Target(url: url, address: address, others: Array(addresses.dropFirst()))
    }

    private func isException(_ url: TargetURL) -> Bool {
        allows(url.host, url.port)
    }

    private func check(_ url: TargetURL) throws(TargetRefusal) {
        if !isException(url) { try url.requirePublic(exception: exception) }
    }
}
