import HTTPTypes
import Hummingbird
import Logging
import Model
import NIOCore

/// What is known of a request besides what it says itself.
///
/// Made by Hummingbird from the channel; the server fills in the rest before any route sees it.
package struct WebContext: RequestContext {
    /// What the framework itself keeps.
    package var coreContext: CoreRequestContextStorage
    /// Who asks; nil only on `/healthz`, which needs no token.
    package var access: Access?
    /// Where the request comes from.
    package var peer: Peer
    /// For the `nonce` attributes of the one answer to this request: 128 random bits.
    package var nonce: String
    /// Bytes of a request's body; larger ones are answered with 413.
    package var maxUploadSize: Int
    /// What works on the connection; nil where there is none.
    var eventLoop: (any EventLoop)?

    package init(source: ApplicationRequestContextSource) {
        self.init(log: source.logger)
    }

    /// Without the framework's channel, which nobody here needs.
    init(log: Logger) {
        coreContext = CoreRequestContextStorage(source: Origin(logger: log))
        peer = Peer(address: nil, isControlSocket: false, isSecure: false)
        nonce = Nonce.make()
        maxUploadSize = ServerLimits().body
    }

    private struct Origin: RequestContextSource {
        let logger: Logger
    }

    /// Whether the request came over the control socket of the machine.
    package var isControlSocket: Bool { peer.isControlSocket }

    /// - Returns: Who asks.
    /// - Throws: 401 without a token, 403 where the token may not do this.
    @discardableResult
    package func require(_ scope: AccessScope) throws(WebError) -> Access {
        guard let access else { throw .unauthorized }
        guard access.scope >= scope else {
            throw WebError(
                .forbidden,
                "the token \(access.name) has the scope \(access.scope.rawValue); this needs \(scope.rawValue)")
        }
        return access
    }

    /// The same without an error, for what a page shows or leaves out.
    package func may(_ scope: AccessScope) -> Bool {
        access.map { $0.scope >= scope } ?? false
    }
}

/// Random bits that nobody can guess, for the one answer that names them.
enum Nonce {
    static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        return Hex.encode((0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }
}
