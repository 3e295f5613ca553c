import HTTPClient
import Model
import Pipeline
import Remote
import Settings
import Synchronization
import TestSupport

/// What the tests of the transports say to services that a closure plays.
enum Transport {
    static let token = "open-sesame"

    /// Runs `body` on a thread of its own, with a database behind a server that answers as `answering` says.
    static func ask<Value: Sendable>(
        _ service: RemoteService, token: String? = Transport.token, answering: @escaping SocketServer.Answering,
        _ body: @escaping @Sendable (any RemoteDatabase) throws -> Value
    ) async throws -> (value: Value, requests: [SocketServer.Request]) {
        try await withLoopbackServer(answering: answering) { server, url in
            let client = try HTTPClient()
            defer { client.shutdown() }
            let settings = RemoteSettings(place: place(service, url), token: token.map { Secret($0) })
            let database = RemoteDatabaseFactory.make(settings, client: client)
            let value = try await DedicatedThread.run(cancellation: Cancellation()) { try body(database) }
            return (value: value, requests: server.requests)
        }
    }

    /// The error of a statement that every server of the test answers in the same way.
    static func refusal(_ service: RemoteService, _ answer: SocketServer.Answer) async throws -> RemoteError {
        try await ask(service, answering: { _ in answer }) { database in try refusal(of: database) }.value
    }

    /// The error of the next statement.
    static func refusal(of database: any RemoteDatabase, _ sql: String = "SELECT a FROM t") throws -> RemoteError {
        do {
            _ = try database.query(sql, Cancellation())
        } catch let error as RemoteError {
            return error
        }
        throw NoRefusal()
    }

    struct NoRefusal: Error {}

    private static func place(_ service: RemoteService, _ url: String) -> RemoteSettings.Place {
        switch service {
        case .starbasedb: return .starbasedb(url: url)
        case .d1: return .d1(account: "acc", database: "b 1", url: url)
        case .libsql: return .libsql(url: url)
        }
    }
}

/// One answer after the other, and the last one for ever.
final class Script<Element: Sendable>: Sendable {
    private let left: Mutex<[Element]>

    /// - Parameter elements: at least one.
    init(_ elements: [Element]) {
        left = Mutex(elements)
    }

    func next() -> Element {
        left.withLock { left in left.count > 1 ? left.removeFirst() : left[0] }
    }
}

extension RemoteAnswer {
    /// As text: `null`, digits, or what a text says.
    var words: [[String]] {
        (0..<rowCount).map { row in
            (0..<columnCount).map { column in
                switch cell(row, column) {
                case .null: "null"
                case .number(let range): String(decoding: body[range], as: UTF8.self)
                case .text: String(decoding: text(row, column) ?? [], as: UTF8.self)
                }
            }
        }
    }
}
