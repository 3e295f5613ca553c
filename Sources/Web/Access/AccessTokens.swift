import Crypto
import FoundationEssentials
import Model
import Settings

/// Who is let in.
struct AccessTokens: Sendable {
    private struct Entry {
        let name: String
        let scope: AccessScope
        let digest: [UInt8]
    }

    private let entries: [Entry]

    init(_ tokens: [HTTPSettings.Token]) {
        entries = tokens.map { Entry(name: $0.name, scope: $0.scope, digest: Self.digest($0.secret)) }
    }

    /// - Returns: nil where nobody has this token.
    func access(_ credentials: Credentials) -> Access? {
        let digest = Self.digest(credentials.token)
        // All of them, to the end: the time it takes says neither which one is near nor how near.
        var found: Entry?
        for entry in entries where Self.isSame(entry.digest, digest) { found = entry }
        return found.map { Access(name: $0.name, scope: $0.scope, method: credentials.method, digest: $0.digest) }
    }

    /// Of digests and not of the tokens, which are not all of one length.
    private static func isSame(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        zip(left, right).reduce(into: UInt8(0)) { $0 |= $1.0 ^ $1.1 } == 0
    }

    private static func digest(_ token: Secret) -> [UInt8] {
        Array(SHA256.hash(data: Array(token.value.utf8)))
    }
}
