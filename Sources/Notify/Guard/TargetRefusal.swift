import Model

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

    /// `usage`: whoever gave the URL has to give another one.
    package var code: FailureCode { isTransient ? .unreachable : .usage }
}
