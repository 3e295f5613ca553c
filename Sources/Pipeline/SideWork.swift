/// Work on a thread of its own, beside what its maker does meanwhile.
package struct SideWork<Value: Sendable>: Sendable {
    private let result = BoundedQueue<Result<Value, any Error>>(capacity: 1)

    /// Begins at once. Where the system gives no thread, the work is done here and now.
    /// - Parameter body: Runs with the priority of the thread that begins it, which Linux hands on to the new one.
    package init(_ body: @escaping @Sendable () throws -> Value) {
        let result = result
        let work: @Sendable () -> Void = {
            try? result.send(Result { try body() })
            result.finish()
        }
        if !DedicatedThread.start(work) { work() }
    }

    /// Waits for the end of the work; asked for once.
    /// - Throws: What the work has thrown.
    package func value() throws -> Value {
        guard let result = try result.receive() else { throw CancellationError() }
        return try result.get()
    }
}
