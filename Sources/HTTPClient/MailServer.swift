import FoundationEssentials

/// Where mails are given to be sent, and how.
package struct MailServer: Sendable {
    package enum Encryption: Sendable, Equatable {
        /// From the first byte on.
        case tls
        /// STARTTLS; a server that does not offer it gets nothing.
        case startTLS
        case none
    }

    /// A name, or an address; one of IPv6 without brackets. Its certificate has to be for it.
    package var host: String
    /// 1 to 65535.
    package var port: Int
    package var encryption: Encryption
    /// nil where the server asks for none.
    package var user: String?
    package var password: String?
    /// A PEM file of certificate authorities in place of the system's.
    package var caFile: String?
    /// The numeric address to connect to in place of what `host` resolves to; the name stays in TLS.
    package var resolvedAddress: String?

    package init(
        host: String, port: Int, encryption: Encryption, user: String? = nil, password: String? = nil,
        caFile: String? = nil, resolvedAddress: String? = nil
    ) {
        self.host = host
        self.port = port
        self.encryption = encryption
        self.user = user
        self.password = password
        self.caFile = caFile
        self.resolvedAddress = resolvedAddress
    }

    /// The password, and the forms in which AUTH PLAIN (RFC 4616) and AUTH LOGIN say it; the longest first.
    var secrets: [String] {
        guard let password, !password.isEmpty else { return [] }
        let forms = ["\u{0}\(user ?? "")\u{0}\(password)", password].map { Data($0.utf8).base64EncodedString() }
        return forms + [password]
    }

    var url: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return "\(encryption == .tls ? "smtps" : "smtp")://\(name):\(port)"
    }

    /// Why nothing must be sent to it, or nil.
    var complaint: String? {
        let isName = host.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-._:".utf8.contains(byte)
            }
        }
        guard isName, !host.isEmpty, (1...65535).contains(port) else { return "the mail server's name is malformed" }
        // libcurl takes what stands before a NUL for the whole.
        if [user, password].contains(where: { $0?.utf8.contains(0) ?? false }) {
            return "the user name or the password holds a NUL"
        }
        if let resolvedAddress, NumericAddress(resolvedAddress) == nil {
            return "the address to connect to is not a numeric one"
        }
        return nil
    }
}
