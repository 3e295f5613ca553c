import Model
import Pipeline

/// A database behind an HTTP API: a transport of single statements, and nothing else.
///
/// All functions block the calling thread, and end early with `CancellationError` where the cancellation asks for it. One
/// thread at a time uses it.
package protocol RemoteDatabase: Sendable {
    var service: RemoteService { get }
    /// The host, and for D1 the database's id: for people and errors; holds no secret.
    var name: String { get }
    var limits: RemoteLimits { get }

    /// Puts one SELECT or PRAGMA to the service, once: whoever calls tries again.
    /// - Throws: `RemoteError`, `CancellationError`.
    func query(_ sql: String, _ cancellation: Cancellation) throws -> RemoteAnswer
    /// From now on all queries read one state of the database.
    /// - Returns: false where the service offers nothing of the kind, and nothing was done.
    /// - Throws: `RemoteError`, `CancellationError`.
    func begin(_ cancellation: Cancellation) throws -> Bool
    /// Ends what `begin` began, and makes sure that all queries since then have read that one state.
    /// - Throws: `RemoteError`, with kind `stateLost` where they may have read another one; `CancellationError`.
    func finish(_ cancellation: Cancellation) throws
    /// Ends what `begin` began, as far as that is possible; nothing where it did not.
    func end()
    /// Lets the service know that the state is still needed; called in pauses, at least twice in `limits.idleTime`.
    /// - Throws: `RemoteError`, `CancellationError`.
    func keepAlive(_ cancellation: Cancellation) throws
}

extension RemoteDatabase {
    /// Without a state there is nothing to make sure of.
    package func finish(_ cancellation: Cancellation) throws { end() }
}

/// What a service takes and gives at most.
package struct RemoteLimits: Sendable, Equatable {
    /// Bytes of one statement.
    package var statementBytes: Int
    /// Columns of a result.
    package var columns: Int
    /// Bytes of an answer.
    package var answerBytes: Int
    /// How long a state that `begin` froze stays without a query; nil where there is none.
    package var idleTime: Duration?

    package init(statementBytes: Int, columns: Int, answerBytes: Int, idleTime: Duration? = nil) {
        self.statementBytes = statementBytes
        self.columns = columns
        self.answerBytes = answerBytes
        self.idleTime = idleTime
    }
}
