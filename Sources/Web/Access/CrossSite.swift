import HTTPTypes
import HummingbirdCore

/// Whether a browser was made to send a request by somebody else's page: it says so, and no page can make it lie.
/// <https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header>,
/// <https://fetch.spec.whatwg.org/#origin-header>
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

    /// Programs that are no browsers send neither field: they are nobody's tools but their user's.
    static func isSuspected(_ request: Request, publicURL: String?) -> Bool {
        // Not sent over plain http but to the machine itself.
        if let site = request.headers[fetchSite] { return !["same-origin", "none"].contains(site.lowercased()) }
        guard let origin = request.headers[.origin]?.lowercased() else { return false }
        if let publicURL, origin == publicURL.lowercased() { return false }
        guard let host = request.head.authority?.lowercased(), !host.isEmpty else { return true }
        return !["http://\(host)", "https://\(host)"].contains(origin)
    }
}
