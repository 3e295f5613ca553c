import Model
import YAML

/// What an entry of `notify:` can be: its first key.
private enum ChannelType: String, CaseIterable {
    case webhook, healthchecks, slack, discord, ntfy, email

    static let names = allCases.map { $0.rawValue }
    static let allKeys = names + ["secret", "token"] + common

    /// The keys of a channel of this type.
    var keys: [String] {
        switch self {
        case .webhook: [rawValue, "secret"] + Self.common
        case .ntfy: [rawValue, "token"] + Self.common
        case .healthchecks, .slack, .discord, .email: [rawValue] + Self.common
        }
    }

    private static let common = [
        "name", "events", "databases", "digest", "timezone", "allow_private", "ca_file",
    ]
}

extension ChannelSettings {
    static let example = "{webhook: \"https://…\", secret: {credential: hook-secret}}"

    /// Reads one entry of `notify:` but for its name; nil after a complaint.
    ///
    /// - Parameter zone: that of a digest which says none.
    static func read(_ reader: NodeReader, zone: TimeZoneRules?) -> ChannelSettings? {
        guard case .mapping(let pairs) = reader.node.kind else {
            // It may be a URL with a key in it.
            reader.complain("`\(reader.key)`: expected a channel such as \(example), found something else")
            return nil
        }
        let types = Set(pairs.compactMap { pair in ChannelType(rawValue: pair.key.text ?? "") })
        let type = types.count == 1 ? types.first : nil
        guard let mapping = reader.mapping("a channel", keys: type?.keys ?? ChannelType.allKeys) else { return nil }
        let allowsPrivate = mapping["allow_private"]?.boolean() ?? false
        let caFile = mapping["ca_file"]?.certificates()
        let databases = mapping["databases"]?.databasePatterns() ?? []
        let events = mapping["events"]?.eventChoice()
        let digest = Digest.read(mapping, zone: zone)
        guard let type else {
            let names = Wording.choice(ChannelType.names)
            if types.isEmpty {
                mapping.complainMissing("\(names) is missing")
            } else {
                reader.complain("`\(reader.key)`: expected exactly one of \(names), found \(types.count)")
            }
            return nil
        }
        if type == .healthchecks {
            mapping["digest"]?.complain(
                "`digest` is not possible for healthchecks: a check wants to hear of each run when it happens")
        }
        guard let kind = Self.kind(type, mapping, allowsPrivate: allowsPrivate) else { return nil }
        return ChannelSettings(
            name: kind.name, kind: kind, events: events ?? standardEvents(of: type, hasDigest: digest != nil),
            databases: databases, digest: digest, allowsPrivate: allowsPrivate, caFile: caFile)
    }

    /// What a channel is told of whose entry does not say it. Problems have no good news for a digest to gather.
    private static func standardEvents(of type: ChannelType, hasDigest: Bool) -> EventChoice {
        if type == .healthchecks { return .matching(["backup.*", "verification.*"]) }
        return hasDigest ? .all : .problems
    }

    private static func kind(_ type: ChannelType, _ mapping: MappingReader, allowsPrivate: Bool) -> Kind? {
        guard let value = mapping[type.rawValue] else { return nil }
        let isTemplate = type == .healthchecks
        let url = type == .email ? nil : value.channelURL(allowsPrivate: allowsPrivate, isTemplate: isTemplate)
        switch type {
        case .email: return EmailSettings.read(value).map { Kind.email($0) }
        case .webhook:
            let keys = mapping.required("secret", hint: SigningKey.making)?.signingKeys()
            guard let url, let keys else { return nil }
            return .webhook(url: url.secret, keys: keys)
        case .healthchecks: return url.map { Kind.healthchecks(url: $0.secret) }
        case .slack: return url.map { Kind.slack(url: $0.secret) }
        case .discord: return url.map { Kind.discord(url: $0.secret) }
        case .ntfy:
            let token = mapping["token"]?.bearerToken()
            if let url, !url.namesTopic {
                value.complain("`\(value.key)`: the URL names no topic", hint: "https://ntfy.sh/and-your-topic")
                return nil
            }
            return url.map { Kind.ntfy(url: $0.secret, token: token) }
        }
    }
}

extension NodeReader {
    /// Names of databases or patterns of them.
    fileprivate func databasePatterns() -> [String]? {
        oneOrMore("a list of databases' names or patterns such as [\"shop-*\"]")?.compactMap { item in
            item.text("a database's name or a pattern")
        }
    }

    /// A secret that fits into a header.
    func bearerToken() -> Secret? {
        guard let secret = self.secret() else { return nil }
        guard secret.value.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            complain("`\(key)`: holds a space, or what is not ASCII, and cannot be sent in a header")
            return nil
        }
        return secret
    }

    /// The path of a file with certificates in PEM.
    func certificates() -> String? {
        guard let path = self.path() else { return nil }
        do throws(FileContents.Problem) {
            let file = try FileContents(path: path, limit: 4 << 20)
            guard String(decoding: file.bytes, as: UTF8.self).contains("CERTIFICATE-----") else {
                complain(
                    "`\(key)`: the file \(path) holds no certificate",
                    hint: "it has to be PEM, with lines such as -----BEGIN CERTIFICATE-----")
                return nil
            }
            return path
        } catch {
            complain("`\(key)`: the file \(path) \(error.text)")
            return nil
        }
    }
}
