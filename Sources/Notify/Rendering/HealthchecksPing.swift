import Model

/// A ping to healthchecks.io or to one's own (<https://healthchecks.io/docs/http_api/>).
package enum HealthchecksPing {
    /// In bytes: so much of a body every instance keeps.
    package static let bodyLimit = 10_000

    /// - Parameter template: the check's URL; its query stays, for `create=1`.
    /// - Returns: nil where the URL asks for a database, and the message is about no single one.
    package static func request(url template: String, _ notice: Notice) -> (url: String, body: String)? {
        var url = template
        if url.contains(HealthcheckSlug.placeholder) {
            guard let database = notice.database else { return nil }
            url = HealthcheckSlug.url(url, for: database)
        }
        let path = url.prefix { $0 != "?" }
        var query = String(url[path.endIndex...])
        if let key = notice.runKey { query += "\(query.isEmpty ? "?" : query == "?" ? "" : "&")rid=\(key)" }
        let check = path.hasSuffix("/") ? path.dropLast() : path
        return ("\(check)\(signal(of: notice))\(query)", notice.plainText(limit: bodyLimit))
    }

    private static func signal(of notice: Notice) -> String {
        if notice.isDigest { return "/log" }
        switch notice.kind {
        case .backupStarted: return "/start"
        case .backupCompleted, .backupRecovered: return ""
        case .backupFailed, .backupOverdue, .backupShrunk, .verificationFailed, .verificationOverdue, .retentionFrozen:
            return "/fail"
        case .verificationCompleted, .retentionAccepted, .retentionDeleted, .applianceStarted, .applianceStopped,
            .storeUnreachable, .storeRecovered, .catalogSetAside, .catalogRebuilt, .databaseAdded, .databaseRemoved,
            .configurationReloaded, .configurationRefused, .notifyTest:
            return "/log"
        }
    }
}
