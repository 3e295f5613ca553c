import Model

/// Where a channel's messages go. Read as strictly as when it is called, so that what is wrong with it is known before.
struct ChannelURL {
    /// Bytes: leaves room for what is added when it is called.
    private static let longest = 1800

    let secret: Secret
    /// Whether there is more of a path than a slash.
    let namesTopic: Bool

    /// - Parameters:
    ///   - allowsPrivate: whether http, and hosts of a private network, will do.
    ///   - isTemplate: whether path and query may hold what stands for a database.
    /// - Throws: what is wrong with it; shows of it the host at most.
    init(_ secret: Secret, allowsPrivate: Bool, isTemplate: Bool) throws(TargetRefusal) {
        let text = secret.value
        guard text.utf8.count <= Self.longest else {
            throw TargetRefusal("the URL is longer than \(Self.longest) bytes")
        }
        if let place = text.firstRange(of: HealthcheckSlug.placeholder) {
            guard isTemplate else {
                throw TargetRefusal("only the URL of healthchecks can hold \(HealthcheckSlug.placeholder)")
            }
            guard Self.isBehindHost(text[..<place.lowerBound]) else { throw TargetRefusal.unreadableHost }
        }
        let filled = HealthcheckSlug.url(text, for: "database")
        if isTemplate, filled.contains("{") || filled.contains("}") {
            throw TargetRefusal("only \(HealthcheckSlug.placeholder) may stand in braces in the URL")
        }
        let url = try TargetURL(filled)
        if !allowsPrivate { try url.requirePublic(exception: "a channel says allow_private: true") }
        self.secret = secret
        namesTopic = url.target.prefix { $0 != "?" }.contains { $0 != "/" }
    }

    private static func isBehindHost(_ start: Substring) -> Bool {
        start.count { $0 == "/" } > 2 || start.contains("?")
    }
}

extension NodeReader {
    /// A URL from wherever secrets come from: its path may hold a key. Never shown.
    func channelURL(allowsPrivate: Bool, isTemplate: Bool) -> ChannelURL? {
        guard let secret = self.secret() else { return nil }
        do throws(TargetRefusal) {
            return try ChannelURL(secret, allowsPrivate: allowsPrivate, isTemplate: isTemplate)
        } catch {
            complain("`\(key)`: \(error.message)", hint: error.hint.map { Wording.clause($0) })
            return nil
        }
    }
}
