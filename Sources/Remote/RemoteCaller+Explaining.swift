import Model

extension RemoteCaller {
    /// An error of a service, for a person: what happened, and what to do.
    package static func explain(_ error: RemoteError, _ database: any RemoteDatabase) -> NightjarError {
        let service = database.service
        let verdict = Self.verdict(error, service)
        return NightjarError(
            verdict.code,
            "cannot read from \(service.title) at \(database.name): \(verdict.reason) (\(error.detail))",
            hint: verdict.hint, isTransient: verdict.isTransient, cause: error)
    }

    private struct Verdict {
        let code: FailureCode
        let reason: String
        var hint: String?
        var isTransient = false
    }

    private static func verdict(_ error: RemoteError, _ service: RemoteService) -> Verdict {
        switch error.kind {
        case .unauthorized:
            return Verdict(code: .unreachable, reason: "it refuses the token", hint: service.tokenAdvice)
        case .busy:
            return Verdict(
                code: .busy, reason: "it is busy",
                hint: "The next run tries again; a longer breathing.pause leaves it more room.", isTransient: true)
        case .unreachable where error.isLasting:
            return Verdict(
                code: .unreachable, reason: "it cannot be reached",
                hint: "Check \(service.key).url and \(service.key).ca_file, this machine's clock and the package"
                    + " ca-certificates.")
        case .unreachable:
            return Verdict(
                code: .unreachable, reason: "it cannot be reached",
                hint: "Check \(service.key).url, and the network from this machine to it.", isTransient: true)
        case .tooLarge:
            return Verdict(
                code: .io, reason: "an answer is larger than the service gives or Nightjar takes",
                hint: "A single row or value may be too large for the service's API.")
        case .tooSlow:
            return Verdict(
                code: .busy, reason: "a statement took longer than the service allows",
                hint: "The next run tries again; a smaller chunk_rows asks for less at a time.", isTransient: true)
        case .stateLost:
            return Verdict(
                code: .busy, reason: "it gave up the transaction that held the state",
                hint: "The next run tries again, from the beginning.", isTransient: true)
        case .statement:
            return Verdict(code: .io, reason: "it refuses a statement")
        case .malformed:
            return Verdict(
                code: .unreachable, reason: "its answer makes no sense",
                hint: "Check \(service.placeKeys): they may lead to something else than \(service.title).")
        }
    }
}

extension RemoteService {
    /// The source's key in the configuration.
    fileprivate var key: String { rawValue }

    fileprivate var placeKeys: String {
        switch self {
        case .starbasedb, .libsql: "\(key).url"
        case .d1: "\(key).account_id, \(key).database_id and \(key).url"
        }
    }

    fileprivate var tokenAdvice: String {
        switch self {
        case .starbasedb:
            "Check \(key).token: it is the worker's ADMIN_AUTHORIZATION_TOKEN."
        case .d1:
            "Check \(key).token and \(key).account_id: the API token needs D1 Read for that account."
        case .libsql:
            "Check \(key).token: it may have expired or been revoked, and must be one for this database."
        }
    }
}
