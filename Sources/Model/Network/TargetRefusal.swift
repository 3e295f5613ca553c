/// Why a URL is not called.
package struct TargetRefusal: Failure, Equatable {
    package let message: String
    package let hint: String?
    /// Whether another time the same URL may be called: its name could not be resolved.
    package let isTransient: Bool

    package init(_ message: String, hint: String? = nil, isTransient: Bool = false) {
        self.message = message
        self.hint = hint
        self.isTransient = isTransient
    }

    /// What no reader of URLs, or not each of them, would take for the same host.
    package static let unreadableHost = TargetRefusal(
        "the URL has a host that cannot be read",
        hint: "It is a name, four numbers from 0 to 255, or an address of IPv6 in [ ]; a port may follow.")

    /// `usage`: whoever gave the URL has to give another one.
    package var code: FailureCode { isTransient ? .unreachable : .usage }
}
