import Model

/// What went wrong in a store, with which object, and what a person can do.
package struct StoreError: Failure {
    /// Whether and how the same request may be sent again.
    enum RetryClass: Sendable, Equatable {
        case never
        case once
        case always
    }

    package let code: FailureCode
    /// What was being done: `read`, `create`, `upload part 3 of` and so on.
    package let operation: String
    /// Relative to the store's prefix; empty when the store as a whole is meant.
    package let key: String
    /// The store, for people.
    package let location: String
    /// What happened, without operation, key and store.
    package let reason: String
    package let hint: String?
    package let isTransient: Bool
    /// The HTTP status, where there was an answer.
    package let status: Int?
    /// The store's own name for the error, such as `NoSuchUpload`; nil where it gave none.
    package let storeCode: String?
    /// The upload is void: all its parts must be sent again under a new one.
    package let mustStartAnew: Bool
    let retry: RetryClass
    /// What the store asked for with Retry-After.
    let retryAfter: Duration?

    package init(
        _ code: FailureCode, operation: String, key: String, location: String, reason: String, hint: String? = nil,
        isTransient: Bool = false, status: Int? = nil, storeCode: String? = nil, mustStartAnew: Bool = false
    ) {
        self.init(
            code, operation: operation, key: key, location: location, reason: reason, hint: hint,
            retry: isTransient ? .always : .never, status: status, storeCode: storeCode,
            mustStartAnew: mustStartAnew, retryAfter: nil)
    }

    init(
        _ code: FailureCode, operation: String, key: String, location: String, reason: String, hint: String?,
        retry: RetryClass, status: Int?, storeCode: String?, mustStartAnew: Bool, retryAfter: Duration?
    ) {
        self.code = code
        self.operation = operation
        self.key = key
        self.location = location
        self.reason = reason
        self.hint = hint
        self.isTransient = retry != .never
        self.status = status
        self.storeCode = storeCode
        self.mustStartAnew = mustStartAnew
        self.retry = retry
        self.retryAfter = retryAfter
    }

    /// Whether the store answers and refuses the one who asks: a person who mends the keys, the rights or the clock lets the same
    /// work go on. Asking again at once gives the same answer.
    package var isRefusal: Bool {
        // Some servers say so with other statuses.
        let says = ["InvalidToken", "RequestExpired", "RequestTimeTooSkewed"].contains(storeCode)
        return !isLock && (says || [401, 403].contains(status))
    }

    /// Whether a lock of the bucket holds the object for now.
    package var isLock: Bool { storeCode == "ObjectLockedByBucketPolicy" }

    package var message: String {
        let object = key.isEmpty ? location : "\(key) in \(location)"
        return "cannot \(operation) \(object): \(reason)"
    }
}
