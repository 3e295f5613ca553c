/// The one shape of errors at the rooms' doors: a code, what happened, and what a person can do about it.
package protocol Failure: Error, CustomStringConvertible, Sendable {
    var code: FailureCode { get }
    /// What happened, and to what. Never holds a secret.
    var message: String { get }
    /// What the person can do.
    var hint: String? { get }
    /// Whether trying again may help.
    var isTransient: Bool { get }
}

extension Failure {
    package var hint: String? { nil }
    package var isTransient: Bool { code == .busy || code == .unreachable }
    package var description: String { hint.map { "\(message)\n  \($0)" } ?? message }
}

/// The general failure, for rooms that need no type of their own.
package struct NightjarError: Failure {
    package let code: FailureCode
    package let message: String
    package let hint: String?
    package let isTransient: Bool
    /// Whether a disk of this machine has too little room.
    package let lacksSpace: Bool
    package let cause: (any Error)?

    package init(
        _ code: FailureCode, _ message: String, hint: String? = nil, isTransient: Bool = false,
        lacksSpace: Bool = false, cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.hint = hint
        self.isTransient = isTransient
        self.lacksSpace = lacksSpace
        self.cause = cause
    }
}
