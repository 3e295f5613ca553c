import Synchronization

/// Keys that are exchanged while somebody works with them.
extension R2Double {
    /// What counts after a rotation, in place of `accessKeyID`.
    package var nextAccessKeyID: String { "AKIDNIGHTJARROTATED" }
    /// In place of `secretAccessKey`.
    package var nextSecretAccessKey: String { "kT9rotated/SECRET+of+the+double" }

    /// From the next request that matches on, after `skipping` of them have passed, requests have to be signed with
    /// the next keys; those that are signed with the first ones are refused.
    package func rotateCredentials(at pattern: R2RequestPattern, skipping: Int = 0) {
        state.withLock { $0.rotation = R2DoubleState.Rotation(pattern: pattern, skipping: skipping) }
    }

    /// With the keys that count now.
    var signatureCheck: R2SignatureCheck {
        let hasRotated = state.withLock { $0.rotation?.hasHappened ?? false }
        return R2SignatureCheck(
            accessKeyID: hasRotated ? nextAccessKeyID : accessKeyID,
            secretAccessKey: hasRotated ? nextSecretAccessKey : secretAccessKey)
    }
}
