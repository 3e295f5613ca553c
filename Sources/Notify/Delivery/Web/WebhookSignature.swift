import Crypto
import FoundationEssentials
import Model
import Settings

/// Signatures of Standard Webhooks:
/// <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>
package enum WebhookSignature {
    /// The field `webhook-signature`: one signature a key, so that a receiver may know the old one or the new one.
    /// - Parameters:
    ///   - id: the field `webhook-id`.
    ///   - timestamp: the field `webhook-timestamp`, in seconds since 1970.
    ///   - body: exactly as it is sent.
    package static func header(
        id: String, timestamp: Int64, body: String, keys: [ChannelSettings.SigningKey]
    ) -> String {
        let content = Array("\(id).\(timestamp).\(body)".utf8)
        var signatures: [String] = []
        for key in keys {
            guard let bytes = Data(base64Encoded: key.base64.value) else { continue }
            let code = HMAC<SHA256>.authenticationCode(for: content, using: SymmetricKey(data: bytes))
            signatures.append("v1,\(Data(code).base64EncodedString())")
        }
        return signatures.joined(separator: " ")
    }
}
