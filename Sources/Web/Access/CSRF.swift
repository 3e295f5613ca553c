import Crypto
import FoundationEssentials
import Glibc
import HTTPTypes
import Model

/// Proof that a form was made for the token that sends it: browsers send Basic credentials with every request, whoever
/// caused it. <https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html>,
/// HMAC based tokens.
///
/// Forms made before a restart have to be loaded again: the key lives as long as the process.
package struct CSRF: Sendable {
    /// Seconds that a form may lie open.
    package static let lifetime: Int64 = 12 * 3600
    /// The name of the hidden field.
    package static let field = "csrf"

    private let key = SymmetricKey(size: .bits256)
    private let now: @Sendable () -> Int64

    /// - Parameter now: seconds since 1970.
    package init(now: @escaping @Sendable () -> Int64 = { Int64(time(nil)) }) {
        self.now = now
    }

    /// The value of the hidden field `csrf`: the second in which it ends, a point, 64 hexadecimal digits.
    package func token(for context: WebContext) -> String {
        let end = String(now() + Self.lifetime)
        return "\(end).\(Hex.encode(HMAC<SHA256>.authenticationCode(for: text(end, context), using: key)))"
    }

    /// Nothing is asked of bearer tokens and of the control socket, which no browser sends by itself.
    ///
    /// - Throws: 403 where the form was made for somebody else, by somebody else, or too long ago.
    package func check(_ form: Form, _ context: WebContext) throws(WebError) {
        guard context.access?.method == .basic else { return }
        let parts = (form[Self.field] ?? "").split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let code = Hex.decode(String(parts[1])),
            HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: text(String(parts[0]), context), using: key),
            let end = Int64(parts[0]), now() < end
        else {
            throw WebError(
                .forbidden, "the form is too old, or was not made by this page",
                hint: "Load the page again, and press the button again.")
        }
    }

    private func text(_ end: String, _ context: WebContext) -> [UInt8] {
        Array("form \(end) \(Hex.encode(context.access?.digest ?? []))".utf8)
    }
}
