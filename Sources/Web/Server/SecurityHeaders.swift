import HTTPTypes

/// What browsers are told on every answer: to load nothing from elsewhere, to run nothing that we did not write, to tell
/// nobody where they were, and to keep nothing. <https://owasp.org/www-project-secure-headers/>
package enum SecurityHeaders {
    private static let fixed: [HTTPField] = [
        HTTPField(name: FieldName.make("Referrer-Policy"), value: "no-referrer"),
        HTTPField(name: .xContentTypeOptions, value: "nosniff"),
        HTTPField(name: FieldName.make("X-Frame-Options"), value: "DENY"),
        HTTPField(name: FieldName.make("Cross-Origin-Opener-Policy"), value: "same-origin"),
        HTTPField(name: .crossOriginResourcePolicy, value: "same-origin"),
        HTTPField(name: .cacheControl, value: "no-store"),
    ]

    /// Adds what the answer has not set itself.
    ///
    /// - Parameter nonce: of the page's style and script; nil for what is no page.
    static func add(to headers: inout HTTPFields, nonce: String?) {
        for field in fixed where !headers.contains(field.name) { headers.append(field) }
        guard !headers.contains(.contentSecurityPolicy) else { return }
        headers.append(HTTPField(name: .contentSecurityPolicy, value: policy(nonce)))
    }

    private static func policy(_ nonce: String?) -> String {
        guard let nonce else {
            return "default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
        }
        return "default-src 'none'; style-src 'nonce-\(nonce)'; script-src 'nonce-\(nonce)'; img-src 'self' data:; "
            + "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    }
}
