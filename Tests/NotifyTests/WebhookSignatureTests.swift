import Crypto
import Foundation
import Model
import Notify
import Settings
import Testing

@Suite("Signatures of webhooks") struct WebhookSignatureTests {
    private static let first = ChannelSettings.SigningKey(base64: Secret("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
    private static let second = ChannelSettings.SigningKey(
        base64: Secret(Data((0..<64).map { UInt8($0) }).base64EncodedString()))

    @Test("are those of Standard Webhooks' own example")
    func example() {
        let header = WebhookSignature.header(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330, body: #"{"test": 2432232314}"#,
            keys: [Self.first])
        #expect(header == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test("are one for each key while keys rotate, the newest first")
    func rotation() throws {
        let keys = [Self.second, Self.first]
        let header = WebhookSignature.header(id: "msg_1_1f9a03bc", timestamp: 1, body: "Grüße", keys: keys)
        let signatures = header.split(separator: " ")
        try #require(signatures.count == 2)
        for (signature, key) in zip(signatures, keys) {
            let bytes = try #require(Data(base64Encoded: key.base64.value))
            let code = try #require(Data(base64Encoded: String(signature.dropFirst(3))))
            #expect(signature.hasPrefix("v1,"))
            let isValid = HMAC<SHA256>.isValidAuthenticationCode(
                code, authenticating: Data("msg_1_1f9a03bc.1.Grüße".utf8), using: SymmetricKey(data: bytes))
            #expect(isValid)
        }
    }
}
