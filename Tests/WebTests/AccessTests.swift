import Appliance
import Foundation
import Model
import Settings
import TestSupport
import Testing

@testable import Web

@Suite("Who is let in")
struct AccessTests {
    @Test(
        "a token comes as bearer, or as the password of anybody",
        arguments: [
            ("Bearer abc", Credentials(token: Secret("abc"), method: .bearer)),
            ("bearer   abc", Credentials(token: Secret("abc"), method: .bearer)),
            ("Basic \(base64("me:abc"))", Credentials(token: Secret("abc"), method: .basic)),
            ("BASIC \(base64(":abc"))", Credentials(token: Secret("abc"), method: .basic)),
            ("Basic \(base64("me:a:b:c"))", Credentials(token: Secret("a:b:c"), method: .basic)),
        ] as [(String, Credentials)])
    func credentials(header: String, expected: Credentials) {
        #expect(Credentials(header) == expected)
    }

    @Test(
        "everything else is nothing",
        arguments: [
            nil, "", "Bearer", "Bearer ", "abc", "Digest abc", "Basic abc", "Basic ?", "Basic \(base64("no colon"))",
            "Basic /w==",
        ] as [String?])
    func noCredentials(header: String?) {
        #expect(Credentials(header) == nil)
    }

    private static let tokens = AccessTokens([
        .init(name: "one", secret: Secret("first-token-of-all"), scope: .read),
        .init(name: "two", secret: Secret("second-token-of-all"), scope: .admin),
    ])

    @Test("the token that is shown says name and scope")
    func rightToken() {
        let access = Self.tokens.access(Credentials(token: Secret("second-token-of-all"), method: .basic))
        #expect(access?.name == "two")
        #expect(access?.scope == .admin)
        #expect(access?.method == .basic)
        #expect(access?.digest.count == 32)
    }

    @Test(
        "another one says nothing, however near it is",
        arguments: ["", "first-token-of-al", "first-token-of-all ", "First-token-of-all", "first-token-of-all\0"])
    func wrongToken(token: String) {
        #expect(Self.tokens.access(Credentials(token: Secret(token), method: .bearer)) == nil)
    }

    @Test("without a configured token there is one in a file of its own, and it stays")
    func generated() throws {
        try withTemporaryDirectory { folder in
            let first = try GeneratedToken(stateDirectory: folder).token()
            #expect(first.scope == .admin)
            #expect(first.secret.value.count == 64)
            #expect(permissions(of: folder + "/token") == 0o600)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["token"])
            #expect(try GeneratedToken(stateDirectory: folder).token() == first)
            let other = try withTemporaryDirectory { try GeneratedToken(stateDirectory: $0).token() }
            #expect(other != first)
        }
    }

    @Test("a generated token that others can read is made private, and one that is too short is refused")
    func damagedToken() throws {
        try withTemporaryDirectory { folder in
            let path = folder + "/token"
            try Data("0123456789abcdef\n".utf8).write(to: URL(fileURLWithPath: path))
            #expect(try GeneratedToken(stateDirectory: folder).token().secret == Secret("0123456789abcdef"))
            #expect(permissions(of: path) == 0o600)
            try Data("short\n".utf8).write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: NightjarError.self) { try GeneratedToken(stateDirectory: folder).token() }
            #expect(error?.code == .configuration)
            #expect(error?.description.contains("short\n") == false)
        }
    }
}

private func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
