import FoundationEssentials
import Model

extension ChannelSettings.SigningKey {
    static let making = "make one with: echo \"whsec_$(openssl rand -base64 32)\""
    /// Bytes: <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>
    fileprivate static let lengths = 24...64
}

extension NodeReader {
    /// What a webhook is signed with: a secret, or a list of them while keys rotate.
    func signingKeys() -> [ChannelSettings.SigningKey]? {
        guard let items = oneOrMore("a secret or a list of them") else { return nil }
        let keys = items.compactMap { $0.signingKey() }
        return keys.count == items.count ? keys : nil
    }

    /// `whsec_` and base64. Never shown.
    private func signingKey() -> ChannelSettings.SigningKey? {
        typealias Key = ChannelSettings.SigningKey
        guard let secret = self.secret() else { return nil }
        guard secret.value.hasPrefix("whsec_") else {
            complain("`\(key)`: does not begin with whsec_", hint: Key.making)
            return nil
        }
        let base64 = String(secret.value.dropFirst("whsec_".count))
        guard let bytes = Data(base64Encoded: base64) else {
            complain("`\(key)`: what follows whsec_ is not base64", hint: Key.making)
            return nil
        }
        guard Key.lengths.contains(bytes.count) else {
            complain(
                "`\(key)`: stands for \(bytes.count) bytes, and has to have \(Key.lengths.lowerBound) to"
                    + " \(Key.lengths.upperBound)",
                hint: Key.making)
            return nil
        }
        return Key(base64: Secret(base64))
    }
}
