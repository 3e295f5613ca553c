/// What receivers know a message by: the same at each attempt, and of no other message of any appliance.
enum MessageID {
    private static let digits = 8

    /// `msg_42_1f9a03bc`
    static func text(delivery: Int64, applianceID: String) -> String {
        let appliance = applianceID.lowercased().filter { $0.isASCII && $0.isHexDigit }.prefix(digits)
        return "msg_\(delivery)_\(appliance)"
    }
}
