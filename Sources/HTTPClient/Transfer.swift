import Synchronization

/// One request and its answer on their way between a task and the curl thread.
///
/// The curl thread writes, one task reads. The buffer is bounded: a full one pauses the transfer.
final class Transfer: Sendable {
    typealias HeadResult = Result<HTTPResponseHead, HTTPError>
    typealias ChunkResult = Result<[UInt8]?, HTTPError>

    /// What became of bytes that arrived.
    enum Delivery: Sendable {
        case accepted
        /// The buffer is full; the same bytes must be delivered again later.
        case paused
    }

    private enum Ending: Sendable {
        case done
        case failed(HTTPError)
    }

    private struct State: Sendable {
        var head: HTTPResponseHead?
        var buffer: [UInt8] = []
        var isPaused = false
        var isCancelled = false
        var ending: Ending?
        var headWaiter: CheckedContinuation<HeadResult, Never>?
        var chunkWaiter: CheckedContinuation<ChunkResult, Never>?
    }

    /// Bytes that may wait for the reader.
    private static let bufferLimit = 1 << 20

    let request: HTTPRequest
    private let state = Mutex(State())

    init(_ request: HTTPRequest) {
        self.request = request
    }

    // MARK: - The task's side

    func waitForHead(_ continuation: CheckedContinuation<HeadResult, Never>) {
        let answer = state.withLock { state -> HeadResult? in
            if let head = state.head { return .success(head) }
            if let ending = state.ending { return .failure(failure(of: ending)) }
            state.headWaiter = continuation
            return nil
        }
        if let answer { continuation.resume(returning: answer) }
    }

    /// Answers with all buffered bytes, or later with the next ones; returns whether the transfer must be unpaused.
    func waitForChunk(_ continuation: CheckedContinuation<ChunkResult, Never>) -> Bool {
        let (answer, unpause) = state.withLock { state -> (ChunkResult?, Bool) in
            if !state.buffer.isEmpty {
                let chunk = state.buffer
                state.buffer = []
                let wasPaused = state.isPaused
                state.isPaused = false
                return (.success(chunk), wasPaused)
            }
            switch state.ending {
            case .done: return (.success(nil), false)
            case .failed(let error): return (.failure(error), false)
            case nil: break
            }
            if state.chunkWaiter != nil {
                return (.failure(error(.invalidRequest, "two tasks read one body")), false)
            }
            state.chunkWaiter = continuation
            return (nil, false)
        }
        if let answer { continuation.resume(returning: answer) }
        return unpause
    }

    func markCancelled() {
        state.withLock { $0.isCancelled = true }
    }

    // MARK: - The curl thread's side

    var isCancelled: Bool { state.withLock { $0.isCancelled } }

    func deliver(_ head: HTTPResponseHead) {
        let waiter = state.withLock { state -> CheckedContinuation<HeadResult, Never>? in
            state.head = head
            let waiter = state.headWaiter
            state.headWaiter = nil
            return waiter
        }
        waiter?.resume(returning: .success(head))
    }

    func deliver(_ bytes: UnsafeRawBufferPointer) -> Delivery {
        if bytes.isEmpty { return .accepted }
        let arrived = [UInt8](bytes)
        let (delivery, waiter) = state.withLock { state -> (Delivery, CheckedContinuation<ChunkResult, Never>?) in
            if let waiter = state.chunkWaiter {
                state.chunkWaiter = nil
                return (.accepted, waiter)
            }
            if state.buffer.count + arrived.count > Self.bufferLimit && !state.buffer.isEmpty {
                state.isPaused = true
                return (.paused, nil)
            }
            state.buffer += arrived
            return (.accepted, nil)
        }
        waiter?.resume(returning: .success(arrived))
        return delivery
    }

    /// Ends the transfer; the first ending counts. A nil error means that the answer is complete.
    func finish(_ error: HTTPError?) {
        typealias Waiters = (CheckedContinuation<HeadResult, Never>?, CheckedContinuation<ChunkResult, Never>?, Ending)
        let (head, chunk, ending) = state.withLock { state -> Waiters in
            let ending = state.ending ?? error.map { Ending.failed($0) } ?? .done
            state.ending = ending
            let waiters = (state.headWaiter, state.chunkWaiter)
            state.headWaiter = nil
            state.chunkWaiter = nil
            return (waiters.0, waiters.1, ending)
        }
        head?.resume(returning: .failure(failure(of: ending)))
        switch ending {
        case .done: chunk?.resume(returning: .success(nil))
        case .failed(let error): chunk?.resume(returning: .failure(error))
        }
    }

    func error(_ reason: HTTPError.Reason, _ detail: String, curlCode: Int32 = 0) -> HTTPError {
        HTTPError(reason, operation: request.method, host: request.destination, curlCode: curlCode, detail: detail)
    }

    private func failure(of ending: Ending) -> HTTPError {
        switch ending {
        case .failed(let error): error
        case .done: error(.transfer, "the server's answer had no head", curlCode: 52)
        }
    }
}
