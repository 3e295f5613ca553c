/// Something that goes wrong with a request to a double of a remote source.
package enum RemoteFault: Sendable, Equatable {
    /// Too many requests (429), in the service's own words.
    case throttled(retryAfter: String?)
    /// An answer of this status that is not the service's own, as from a proxy before it.
    case status(Int, body: String)
    /// The request is read, nothing is done, and the connection is closed without an answer.
    case dropped
    /// The request is carried out, and the connection is closed without an answer.
    case answerLost
    /// The request is carried out, and the connection is closed in the middle of the answer's body.
    case halfAnswer
    /// The answer comes so many bytes at a time, with a millisecond between.
    case slow(bytesPerChunk: Int)
    /// Somebody else holds a lock on the database.
    case locked
    /// The statement was ended because it took too long.
    case tooSlow
    /// The token is not taken any more, by this request or a later one.
    case revokeToken
    /// libSQL: all streams have expired.
    case expireStreams
    /// libSQL: all transactions end, and nobody says so: each stream goes on without one.
    case endTransactions
}
