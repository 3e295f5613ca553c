import HTTPTypes

/// What can be said of a request before anything of its body was read.
enum RequestCheck {
    /// The library has no name for it: it makes the first one the authority.
    private static let host = FieldName.make("Host")

    /// - Returns: nil for one that may go on.
    static func refusal(of head: HTTPRequest, _ limits: ServerLimits) -> PlainAnswer? {
        // The first is the authority, the others stay fields: RFC 9112, section 3.2.
        guard let host = head.authority, !head.headerFields.contains(Self.host), isHost(host) else {
            return PlainAnswer(
                .badRequest, "the request does not say to which host it goes", hint: "Send one Host field.",
                isLast: true)
        }
        if (head.path?.utf8.count ?? 0) > limits.target {
            return PlainAnswer(
                .uriTooLong, "the path and the query have more than \(limits.target) bytes", isLast: true)
        }
        if !StandardMethods.all.contains(head.method) {
            return PlainAnswer(.notImplemented, "the method \(head.method.rawValue) is not known here")
        }
        if let length = head.headerFields[.contentLength], Int(length).map({ $0 > limits.body }) ?? true {
            return PlainAnswer(.contentTooLarge, "the body has more than \(limits.body) bytes", isLast: true)
        }
        return nil
    }

    /// Whether it has nothing that no host and port have (RFC 3986, section 3.2.2); empty is one that has no name.
    private static func isHost(_ text: String) -> Bool {
        text.utf8.allSatisfy { byte in
            switch byte {
            case 48...57, 65...90, 97...122: true
            default: "-._~%!$&'()*+,;=:[]".utf8.contains(byte)
            }
        }
    }
}
