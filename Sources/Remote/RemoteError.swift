import Model

/// Why a service did not give what it was asked for.
package struct RemoteError: Error, Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// It does not take the token, or takes it for something else (401, 403, and StarbaseDB's 400).
        case unauthorized
        /// Too many requests (429), or it is busy with others (503, locks): later.
        case busy
        /// It was not reached, did not answer in time, or answered 5xx: later.
        case unreachable
        /// The answer would be, or is, larger than it may be: ask for less.
        case tooLarge
        /// The statement took too long: ask for less.
        case tooSlow
        /// The state that `begin` froze is lost: begin anew.
        case stateLost
        /// SQLite refused the statement: no such table, no such column, not authorized.
        case statement
        /// It answered with something that cannot be understood.
        case malformed
    }

    package let kind: Kind
    /// What the service said, on one line, or what happened; holds no secret.
    package let detail: String
    /// Seconds that it asks to be left alone for; nil where it does not say.
    package let retryAfter: Int64?
    /// Whether each further attempt would end in the same way: a certificate that nobody trusts, a redirect.
    package let isLasting: Bool

    package init(_ kind: Kind, _ detail: String, retryAfter: Int64? = nil, isLasting: Bool = false) {
        self.kind = kind
        self.detail = detail
        self.retryAfter = retryAfter
        self.isLasting = isLasting
    }
}
