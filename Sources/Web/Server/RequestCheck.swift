import HTTPTypes

/// What can be said of a request before anything of its body was read.
enum RequestCheck {
    /// - Returns: nil for one that may go on.
    static func refusal(of head: HTTPRequest, _ limits: ServerLimits) -> PlainAnswer? {
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
}
