import Model
import YAML

extension HTTPSettings.Token {
    private static let keys = ["name", "token", "scope"]
    private static let example = "{name: admin, token: {file: admin-token}, scope: admin}"

    /// Reads `tokens:`; a token with a complaint is left out.
    static func readAll(_ reader: NodeReader) -> [HTTPSettings.Token] {
        guard !reader.isNothing else { return [] }
        // What stands in the place of a list or a token may be a secret.
        guard case .sequence = reader.node.kind, let items = reader.list("a list of tokens") else {
            reader.complain("`\(reader.key)`: expected a list of tokens such as [\(example)], found something else")
            return []
        }
        var tokens: [HTTPSettings.Token] = []
        var names: [String: YAMLMark] = [:]
        var owners: [String: String] = [:]
        for item in items {
            // What an item lacks is said at the item, not at the list.
            let place = NodeReader(
                node: item.node, key: item.key, keyMark: item.node.mark, file: item.file, context: item.context)
            guard case .mapping = item.node.kind, let mapping = place.mapping("a token", keys: keys) else {
                item.complain("`\(item.key)`: expected a token such as \(example), found something else")
                continue
            }
            let name = mapping.required("name")?.tokenName(&names)
            var secret: Secret?
            if let value = mapping.required("token"), let found = value.secret() {
                secret = value.tokenSecret(found, of: name ?? "", &owners)
            }
            let scope = mapping.required("scope", hint: "scope: read, export or admin")?.choice(AccessScope.self)
            guard let name, let secret, let scope else { continue }
            tokens.append(HTTPSettings.Token(name: name, secret: secret, scope: scope))
        }
        return tokens
    }
}

extension NodeReader {
    /// A name that no other token has.
    fileprivate func tokenName(_ names: inout [String: YAMLMark]) -> String? {
        guard let name = self.entryName(of: "token") else { return nil }
        if let first = names[name] {
            complain("duplicate token \(Wording.quote(node.text ?? "")); the first one is at line \(first.line)")
            return nil
        }
        names[name] = node.mark
        return name
    }

    /// A secret that is long enough, fits into a header, and is no other token's. Never shown.
    fileprivate func tokenSecret(_ secret: Secret, of name: String, _ owners: inout [String: String]) -> Secret? {
        let bytes = secret.value.utf8
        let making = "make one with: head -c 24 /dev/urandom | base64"
        guard bytes.count >= 16 else {
            complain("`\(key)`: is shorter than 16 bytes", hint: making)
            return nil
        }
        // RFC 6750, 2.1 has fewer of them; these are what every client can send as it stands.
        guard bytes.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            complain("`\(key)`: holds a space, or what is not ASCII, and cannot be sent in a header", hint: making)
            return nil
        }
        if let owner = owners[secret.value] {
            let other = owner.isEmpty ? "another token" : "the token \(Wording.quote(owner))"
            complain("`\(key)`: is the same as that of \(other)", hint: "each needs one of its own")
            return nil
        }
        owners[secret.value] = name
        return secret
    }
}
