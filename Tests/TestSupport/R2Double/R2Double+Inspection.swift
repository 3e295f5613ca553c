import Synchronization

/// Injecting faults, and looking at and spoiling what is stored.
extension R2Double {
    /// Makes the next `times` requests that match fail, after letting `skipping` of them pass.
    package func inject(
        _ fault: R2Fault, matching pattern: R2RequestPattern = .any, times: Int = 1, skipping: Int = 0
    ) {
        let injection = R2DoubleState.Injection(fault: fault, pattern: pattern, skipping: skipping, times: times)
        state.withLock { $0.injections.append(injection) }
    }

    /// Every request so far, in the order in which their heads arrived.
    package var requests: [R2RecordedRequest] {
        state.withLock { $0.requests }
    }

    /// How many requests asked for an operation.
    package func count(_ operation: R2Operation) -> Int {
        state.withLock { state in state.requests.count(where: { $0.operation == operation }) }
    }

    /// How many connections clients have opened so far.
    package var connectionsAccepted: Int {
        state.withLock { $0.connectionsAccepted }
    }

    /// Waits until `condition` holds for the requests so far, or the double stops, or the task is cancelled.
    package func wait(until condition: @escaping @Sendable ([R2RecordedRequest]) -> Bool) async {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let waiter = R2DoubleState.Waiter(id: id, condition: condition, continuation: continuation)
                let isOver = state.withLock { state in
                    if Task.isCancelled || state.listener == nil || condition(state.requests) { return true }
                    state.waiters.append(waiter)
                    return false
                }
                if isOver { waiter.resume() }
            }
        } onCancel: {
            let waiters = state.withLock { $0.takeWaiters { $0.id == id } }
            for waiter in waiters { waiter.resume() }
        }
    }

    /// Keys and bytes of all objects.
    package var objects: [String: [UInt8]] {
        state.withLock { $0.bucket.objects.mapValues(\.bytes) }
    }

    /// Keys of the multipart uploads that are neither completed nor aborted, sorted.
    package var openUploads: [String] {
        state.withLock { $0.bucket.uploads.values.map(\.key).sorted() }
    }

    /// Keys whose object a request has replaced: nothing in a store may ever be.
    package var overwrittenKeys: [String] {
        state.withLock { $0.bucket.overwritten }
    }

    /// Bytes of answers that the kernel has taken so far.
    package var bytesSent: Int64 {
        state.withLock { state in state.requests.reduce(0) { $0 + $1.bytesSent } }
    }

    /// A bucket lock, set outside S3: deletes and overwrites are answered with 403 ObjectLockedByBucketPolicy.
    package func setBucketLock(_ isLocked: Bool) {
        state.withLock { $0.bucket.isLocked = isLocked }
    }

    /// Lets objects be read without a signature, as in a public bucket.
    package func setPublicReads(_ isPublic: Bool) {
        state.withLock { $0.isPublic = isPublic }
    }

    /// Stores an object directly.
    package func put(_ key: String, _ bytes: [UInt8]) {
        state.withLock { $0.bucket.put(key, bytes) }
    }

    /// Removes an object directly.
    package func remove(_ key: String) {
        state.withLock { $0.bucket.objects[key] = nil }
    }

    /// Flips every bit of one byte; its ETag stays, as with a fault below the store.
    package func corrupt(_ key: String, at offset: Int) {
        state.withLock { state in
            guard let size = state.bucket.objects[key]?.bytes.count, offset < size else { return }
            state.bucket.objects[key]?.bytes[offset] ^= 0xFF
        }
    }

    /// Cuts an object to its first bytes; its ETag stays.
    package func truncate(_ key: String, to count: Int) {
        state.withLock { state in
            guard let size = state.bucket.objects[key]?.bytes.count, count < size else { return }
            state.bucket.objects[key]?.bytes.removeLast(size - count)
        }
    }

    /// Begins an upload directly, as a process that was killed has left it; returns its id.
    ///
    /// - Parameter seconds: when it was begun, since 1970-01-01T00:00:00Z.
    @discardableResult
    package func leaveUpload(_ key: String, begunAt seconds: Int64) -> String {
        state.withLock { $0.bucket.beginUpload(key, at: Int(seconds)) }
    }

    /// Forgets every unfinished upload, as R2 does after seven days.
    package func forgetUploads() {
        state.withLock { $0.bucket.uploads = [:] }
    }

    /// All that is stored, unfinished uploads and ETags included.
    package var contents: R2Contents {
        state.withLock { R2Contents(bucket: $0.bucket) }
    }

    /// Stores what was stored then, and nothing else. All injected faults are forgotten.
    package func restore(_ contents: R2Contents) {
        state.withLock { state in
            state.bucket = contents.bucket
            state.injections = []
        }
    }
}

/// What a double held at one moment.
package struct R2Contents: Sendable {
    let bucket: R2Bucket
}
