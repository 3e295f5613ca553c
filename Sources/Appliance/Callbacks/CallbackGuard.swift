import Model
import Settings

/// Decides whether a URL that somebody else has given may be called, and at which address.
///
/// Only https, only addresses of the public Internet, and only ports at which web servers are: whoever may ask for an
/// export must not reach with it what this machine can reach and they cannot (server-side request forgery). Hosts of
/// `callback_hosts` are taken as they are. <https://owasp.org/Top10/A10_2021-Server-Side_Request_Forgery_%28SSRF%29/>
package struct CallbackGuard: Sendable {
    /// A URL that may be called, and the only address to connect to: a name that is resolved a second time may have
    /// another one by then.
    package struct Target: Sendable, Equatable {
        package let url: CallbackURL
        package let address: IPAddress
    }

    private static let firstFreePort = 1024
    private static let exceptions = "Hosts of your own network may be called where http.callback_hosts names them."

    private let settings: HTTPSettings
    private let resolver: any HostResolver

    /// - Parameter settings: of which `callback_hosts` counts.
    package init(settings: HTTPSettings, resolver: any HostResolver = SystemResolver()) {
        self.settings = settings
        self.resolver = resolver
    }

    /// Checks what can be told from the URL alone; nobody is asked.
    /// - Throws: what is wrong with it.
    package func read(_ text: String) throws(CallbackRefusal) -> CallbackURL {
        let url = try CallbackURL(text)
        try check(url)
        return url
    }

    /// Resolves the host, and refuses it if any one of its addresses must not be called: which of them is connected to
    /// would be left to chance, or to whoever owns the name.
    package func target(of url: CallbackURL) async throws(CallbackRefusal) -> Target {
        try check(url)
        if let address = url.address { return Target(url: url, address: address) }
        let addresses = try await resolver.addresses(of: url.host)
        if !isException(url), let closed = addresses.first(where: { !$0.isPublic }) {
            throw CallbackRefusal(
                "the callback's host \(url.host) has the address \(closed), which is not of the public Internet",
                hint: Self.exceptions)
        }
        guard let address = addresses.first else {
            throw CallbackRefusal("the callback's host \(url.host) has no address", isTransient: true)
        }
        return Target(url: url, address: address)
    }

    private func isException(_ url: CallbackURL) -> Bool {
        settings.allowsCallback(host: url.host, port: url.port)
    }

    private func check(_ url: CallbackURL) throws(CallbackRefusal) {
        if isException(url) { return }
        guard url.scheme == .https else {
            throw CallbackRefusal("the callback's URL must begin with https://", hint: Self.exceptions)
        }
        guard url.port == url.scheme.standardPort || url.port >= Self.firstFreePort else {
            throw CallbackRefusal(
                "the callback's URL has port \(url.port), which belongs to another service",
                hint: "Allowed are 443, and those from 1024 on.")
        }
        let isLocal = url.host == "localhost" || url.host.hasSuffix(".localhost")
        guard !isLocal, url.address?.isPublic ?? true else {
            throw CallbackRefusal(
                "the callback's URL leads to \(url.host), which is not of the public Internet", hint: Self.exceptions)
        }
    }
}
