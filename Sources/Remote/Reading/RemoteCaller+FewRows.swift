extension RemoteCaller {
    /// As `rows`, for what is little and cannot be asked for in smaller pieces: where it was too much, others had made the
    /// service slow, and it is asked for again later.
    func fewRows(_ sql: String) throws -> RemoteAnswer { try rows(sql, canAskForLess: false).answer }
}
