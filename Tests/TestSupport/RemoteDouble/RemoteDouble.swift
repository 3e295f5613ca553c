import Model
import SQLite
import Settings
import Synchronization

/// A double of StarbaseDB, Cloudflare D1 or libSQL on 127.0.0.1, over a real SQLite file, with fault injection.
///
/// It answers in the service's words, refuses what the service refuses, and loses what the service's JSON loses. One
/// thread a connection, one statement at a time.
///
///     try await withRemoteDouble(.d1, database: path) { double in
///         double.inject(.throttled(retryAfter: "1"), skipping: 10)
///         double.before({ $0.sql.contains("orders") }) { database in try database.execute("DROP TABLE items") }
///         …
///     }
package final class RemoteDouble: Sendable {
    /// A request as it came.
    package struct Request: Sendable {
        package let method: String
        package let path: String
        package let bytes: Int
        package internal(set) var status: Int?
    }

    /// A statement, counted from 1 over all requests.
    package struct Statement: Sendable {
        package let number: Int
        package let sql: String
    }

    package static let account = "0123456789abcdef0123456789abcdef"
    package static let databaseID = "6f1c0b1e-5d0a-4c58-9f0e-d0b1e0000001"
    /// A result of StarbaseDB or D1, a response of libSQL: 32 MiB and 10 MB.
    package static func answerBytes(of service: RemoteService) -> Int {
        service == .libsql ? 10_000_000 : 32 << 20
    }

    package let service: RemoteService
    package let token = "token-of-the-double-3e9a7c"
    package let port: UInt16
    let engine: RemoteEngine
    let state = Mutex(RemoteDoubleState())
    private let reservation: LoopbackPort
    private let server: ConnectionServer

    private init(
        _ service: RemoteService, engine: RemoteEngine, reservation: LoopbackPort, server: ConnectionServer
    ) {
        self.service = service
        self.engine = engine
        self.reservation = reservation
        self.server = server
        port = reservation.number
    }

    static func start(_ service: RemoteService, engine: RemoteEngine) throws -> RemoteDouble {
        let reservation = try LoopbackPort.reserve()
        do {
            let server = ConnectionServer(listener: try reservation.openListener())
            let double = RemoteDouble(service, engine: engine, reservation: reservation, server: server)
            server.start { connection in double.serve(connection) }
            return double
        } catch {
            reservation.release()
            throw error
        }
    }

    func stop() async {
        await server.stop()
        reservation.release()
    }

    /// How Nightjar is told to reach it.
    package var settings: RemoteSettings {
        let base = "http://127.0.0.1:\(port)"
        let place: RemoteSettings.Place =
            switch service {
            case .starbasedb: .starbasedb(url: base)
            case .d1: .d1(account: Self.account, database: Self.databaseID, url: "\(base)/client/v4")
            case .libsql: .libsql(url: base)
            }
        return RemoteSettings(place: place, token: Secret(token))
    }

    /// Every request so far, in the order in which they came.
    package var requests: [Request] { state.withLock { $0.requests } }

    /// Every statement so far, also those that were refused.
    package var statements: [Statement] { state.withLock { $0.statements } }

    /// How many connections clients have opened so far.
    package var connectionsAccepted: Int { server.connectionsAccepted }

    /// Makes `times` requests fail, after letting `skipping` of them pass.
    package func inject(_ fault: RemoteFault, skipping: Int = 0, times: Int = 1) {
        state.withLock { $0.injections.append(.init(fault: fault, skipping: skipping, times: times)) }
    }

    /// How many of the requests that were to fail have not come yet.
    package var faultsLeft: Int { state.withLock { $0.injections.reduce(0) { $0 + $1.times } } }

    /// Does something with the database, on a connection of its own, before the next `times` statements that fulfil
    /// `condition`. What it throws fails the test at its end.
    package func before(
        _ condition: @escaping @Sendable (Statement) -> Bool, times: Int = 1,
        _ action: @escaping @Sendable (Database) throws -> Void
    ) {
        state.withLock { $0.hooks.append(.init(condition: condition, times: times, action: action)) }
    }

    /// The same before the statement of this number.
    package func before(statement number: Int, _ action: @escaping @Sendable (Database) throws -> Void) {
        before({ $0.number == number }, times: 1, action)
    }

    func checkHooks() throws {
        if let trouble = state.withLock({ $0.troubles.first }) { throw trouble }
    }
}

/// Runs `body` with a running double of a service, and stops it and joins all its threads afterwards, also when `body`
/// throws.
///
/// - Parameters:
///   - path: the SQLite file behind it, which is there already.
///   - answerBytes: how large an answer may be; nil for what the service takes.
///   - logsQueries: whether StarbaseDB adds a row to `tmp_query_log` for each statement, as its own plugin does.
package func withRemoteDouble<Value>(
    _ service: RemoteService, database path: String, answerBytes: Int? = nil, logsQueries: Bool = true,
    _ body: (RemoteDouble) async throws -> Value
) async throws -> Value {
    let engine = try RemoteEngine(
        service, path: path, answerBytes: answerBytes ?? RemoteDouble.answerBytes(of: service),
        logsQueries: logsQueries && service == .starbasedb)
    let double = try RemoteDouble.start(service, engine: engine)
    return try await withEnding({
        await double.stop()
        engine.close()
    }) {
        let value = try await body(double)
        try double.checkHooks()
        return value
    }
}
