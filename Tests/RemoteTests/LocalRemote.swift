import Model
import Pipeline
import SQLite
import TestSupport
import Testing

@testable import Remote

/// A remote database that is a SQLite file of this machine, with what the services' JSON loses: integers are doubles,
/// blobs and infinities are nothing.
///
/// Unchecked: one thread at a time uses it, as the protocol has it.
final class LocalRemote: RemoteDatabase, @unchecked Sendable {
    static let usualLimits = RemoteLimits(statementBytes: 100_000, columns: 100, answerBytes: 32 << 20)

    let service: RemoteService
    let limits: RemoteLimits
    let name = "local.example"
    /// What it was asked, in order, whatever the answer was.
    private(set) var statements: [String] = []
    /// What the Nth query fails with; counted from 1.
    var failures: [Int: RemoteError] = [:]
    /// What happens before the Nth query; counted from 1.
    var interludes: [Int: () throws -> Void] = [:]
    /// Called with each statement before it is run; what it gives is the answer.
    var refusal: ((String) throws -> RemoteError?)?

    private let path: String
    private var connection: Database?

    init(path: String, service: RemoteService, limits: RemoteLimits = usualLimits) {
        self.path = path
        self.service = service
        self.limits = limits
    }

    var queries: Int { statements.count }

    func query(_ sql: String, _ cancellation: Cancellation) throws -> RemoteAnswer {
        try cancellation.check()
        statements.append(sql)
        try interludes[queries]?()
        if let failure = failures[queries] { throw failure }
        if let failure = try refusal?(sql) { throw failure }
        guard sql.utf8.count <= limits.statementBytes else { throw RemoteError(.statement, "statement too long") }
        do {
            let answer = try self.answer(to: sql)
            guard answer.body.count <= limits.answerBytes else { throw RemoteError(.tooLarge, "too large an answer") }
            return answer
        } catch let error as SQLiteError {
            throw RemoteError(error.isBusy ? .busy : .statement, error.message)
        }
    }

    func begin(_ cancellation: Cancellation) throws -> Bool {
        guard service == .libsql else { return false }
        let database = try open()
        try database.execute("BEGIN; SELECT count(*) FROM sqlite_schema")
        return true
    }

    func end() {
        guard let connection, connection.isInTransaction else { return }
        try? connection.execute("ROLLBACK")
    }

    func keepAlive(_ cancellation: Cancellation) throws {}

    /// A caller that tries each request so many times, and waits for nothing.
    func caller(attempts: Int = 1) -> RemoteCaller {
        RemoteCaller(
            self, breathing: Breathing(work: .seconds(25), pause: .zero), cancellation: Cancellation(),
            attempts: attempts, sleep: { _ in })
    }

    private func open() throws -> Database {
        if let connection { return connection }
        let database = try Database(path: path, access: .readWrite)
        connection = database
        return database
    }

    private func answer(to sql: String) throws -> RemoteAnswer {
        let statement = try open().prepare(sql)
        guard statement.columnCount <= limits.columns else { throw RemoteError(.statement, "too many columns") }
        var body: [UInt8] = []
        var cells: [RemoteAnswer.Cell] = []
        while try statement.step() {
            for column in 0..<statement.columnCount {
                switch statement.value(at: column) {
                case .null, .blob: cells.append(.null)
                case .integer(let integer): cells.append(Self.number(Double(integer), to: &body))
                case .real(let real): cells.append(real.isInfinite ? .null : Self.number(real, to: &body))
                case .text: cells.append(Self.text(statement.utf8(at: column), to: &body))
                }
            }
        }
        return RemoteAnswer(body: body, columnCount: cells.isEmpty ? 0 : statement.columnCount, cells: cells)
    }

    private static func number(_ number: Double, to body: inout [UInt8]) -> RemoteAnswer.Cell {
        let start = body.count
        // As JavaScript writes it.
        let text = number == number.rounded() && number.magnitude < 1e15 ? "\(Int64(number))" : "\(number)"
        body += text.utf8
        return .number(start..<body.count)
    }

    private static func text(_ bytes: [UInt8], to body: inout [UInt8]) -> RemoteAnswer.Cell {
        let start = body.count
        var isPlain = true
        for byte in String(decoding: bytes, as: UTF8.self).utf8 {
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                isPlain = false
                body += "\\u00\(Hex.encode([byte]))".utf8
            } else {
                body.append(byte)
            }
        }
        return .text(start..<body.count, isPlain: isPlain)
    }
}

/// Runs `body` with a database that the script makes, as a service has it and as a file.
func withLocalRemote(
    _ script: String, service: RemoteService = .starbasedb, limits: RemoteLimits = LocalRemote.usualLimits,
    _ body: (LocalRemote, Database) throws -> Void
) throws {
    try withTemporaryDirectory { folder in
        let database = try Database(path: "\(folder)/source.db", access: .create)
        try database.execute(script)
        try body(LocalRemote(path: "\(folder)/source.db", service: service, limits: limits), database)
    }
}

extension LocalRemote {
    func schema(exclude: [String] = []) throws -> RemoteSchema {
        try RemoteSchema.read(caller(), exclude: exclude.map { Glob($0) })
    }

    func table(_ name: String) throws -> RemoteTable {
        let tables = try schema().tables
        return try #require(tables.first { $0.name == SQLText(name) })
    }

    /// All rows of a table, and how many chunks they came in.
    func rows(of table: RemoteTable, chunkRows: Int = 1000) throws -> (rows: [Chunk.Row], chunks: Int) {
        let reader = ChunkReader(table, caller(), chunkRows: chunkRows, limits: limits)
        var rows: [Chunk.Row] = []
        var chunks = 0
        var last: RemoteKey?
        while let chunk = try reader.next(after: last, upTo: nil) {
            rows += chunk.rows
            chunks += 1
            last = chunk.last
        }
        return (rows, chunks)
    }
}
