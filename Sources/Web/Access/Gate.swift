import Appliance
import HTTPTypes
import HummingbirdCore
import Logging
import Model
import NIOCore
import Settings

/// Lets requests in, or not.
struct Gate: Sendable {
    /// The only path that everybody may ask for.
    static let openPath = "/healthz"

    let csrf: CSRF
    let generated: GeneratedToken
    let failures: FailureLimiter
    let log: Logger

    /// - Parameter request: its body may have been read afterwards, and can be read again.
    /// - Returns: nil where nobody is asked who they are.
    /// - Throws: 401, 403, 429.
    func admit(_ request: inout Request, _ context: WebContext, _ settings: HTTPSettings) async throws -> Access? {
        if context.isControlSocket { return .control }
        if request.uri.path == Self.openPath { return nil }
        guard let credentials = Credentials(request.headers[.authorization]) else { throw WebError.unauthorized }
        let tokens = try settings.tokens.isEmpty ? [generated.token()] : settings.tokens
        guard let access = AccessTokens(tokens).access(credentials) else { throw refusal(context.peer) }
        if access.method == .basic, CrossSite.matters(request),
            CrossSite.isSuspected(request, publicURL: settings.publicURL)
        {
            try await checkForm(&request, context, access)
        }
        return access
    }

    private func refusal(_ peer: Peer) -> WebError {
        switch failures.fail(peer) {
        case .counted:
            return .unauthorized
        case .reachedLimit:
            log.notice("wrong tokens again and again", metadata: ["from": "\(peer)"])
            return .unauthorized
        case .refused(let seconds):
            return .tooManyRequests("too many wrong tokens", retryAfter: seconds)
        }
    }

    /// A page that is not told to us may still be ours, behind a proxy that gives another name: then it knows the proof.
    private func checkForm(_ request: inout Request, _ context: WebContext, _ access: Access) async throws {
        guard Form.isForm(request) else {
            throw WebError(
                .forbidden, "another site's page has made the browser send this",
                hint: "If it was Nightjar's own page, set http.public_url to the address in the browser.")
        }
        let body = try await request.collectBody(upTo: context.maxUploadSize)
        var context = context
        context.access = access
        try csrf.check(Form(Array(body.readableBytesView)), context)
    }
}
