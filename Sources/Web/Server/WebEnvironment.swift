import Appliance
import Logging
import Model
import Settings

/// What every route is built with.
package struct WebEnvironment: Sendable {
    package let console: Console
    package let log: Logger
    package let csrf: CSRF
    /// Counts requests for exports, by the token's name.
    let exports: RateLimiter

    package init(console: Console, log: Logger, csrf: CSRF = CSRF(), exports: RateLimiter = RateLimiter()) {
        self.console = console
        self.log = log
        self.csrf = csrf
        self.exports = exports
    }

    /// As they are now: a reload changes them.
    package func settings() async -> HTTPSettings { await console.configuration().http }

    /// Counts a request for an export; those over the control socket are not limited.
    ///
    /// - Throws: 429 with `Retry-After` where the token has asked too often.
    package func countExport(_ context: WebContext) async throws(WebError) {
        let access = try context.require(.export)
        guard access.method != .control, let limit = await settings().rateLimit else { return }
        try exports.take(access.name, limit: limit)
    }
}
