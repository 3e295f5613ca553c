import HTTPTypes
import HummingbirdCore
import Settings

/// What comes before the path in links that leave the page: callbacks, `downloadUrl`.
package enum BaseURL {
    /// `https://backups.example.org`, without a slash at its end: the configured one, or as the client called us.
    package static func of(_ request: Request, _ context: WebContext, _ settings: HTTPSettings) -> String {
        if let configured = settings.publicURL { return configured }
        let scheme = context.peer.isSecure ? "https" : "http"
        guard let host = request.head.authority, isHost(host) else { return "\(scheme)://localhost" }
        return "\(scheme)://\(host)"
    }

    /// Nothing that could end the host's part of a URL.
    private static func isHost(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 260
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 48...57, 65...90, 97...122: true
                default: "-._:[]".utf8.contains(byte)
                }
            }
    }
}
