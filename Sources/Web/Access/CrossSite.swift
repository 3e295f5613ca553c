import HTTPTypes
import HummingbirdCore

/// Whether a browser was made to send a request by somebody else's page: it says so, and no page can make it lie.
/// <https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header>,
/// <https://fetch.spec.whatwg.org/#origin-header>,
/// <https://www.rfc-editor.org/rfc/rfc9110#section-10.1.3> (Referer)
enum CrossSite {
    private static let fetchSite = FieldName.make("Sec-Fetch-Site")

    /// Whether the request may change something: those that do, by their method, and the one that does with GET.
    static func matters(_ request: Request) -> Bool {
        switch request.method {
        case .get, .head: request.uri.path.split(separator: "/") == ["export", "dump"]
        case .options, .trace: false
        default: true
        }
    }

    /// Programs that are no browsers send none of the fields: they are nobody's tools but their user's. Over plain http
    /// a GET has only `Referer`, which the page that causes it can keep back.
    static func isSuspected(_ request: Request, publicURL: String?) -> Bool {
        // Not sent over plain http but to the machine itself.
        if let site = request.headers[fetchSite] { return !["same-origin", "none"].contains(site.lowercased()) }
        let named = request.headers[.origin] ?? request.headers[.referer].map { Self.origin(of: $0) }
        guard let origin = named?.lowercased() else { return false }
        if let publicURL, origin == publicURL.lowercased() { return false }
        guard let host = request.head.authority?.lowercased(), !host.isEmpty else { return true }
        return !["http://\(host)", "https://\(host)"].contains(origin)
    }

    /// Scheme and authority of a URL.
    private static func origin(of url: String) -> String {
        url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).prefix(3).joined(separator: "/")
    }
}
