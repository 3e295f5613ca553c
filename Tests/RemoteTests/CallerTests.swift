import Model
import Pipeline
import Remote
import Synchronization
import Testing

@Suite("How a remote database is asked") struct CallerTests {
    private static let restless = Breathing(work: .seconds(3600), pause: .seconds(5))

    /// A caller that sleeps in a list in place of the thread.
    private func makeCaller(
        _ database: ScriptedDatabase, breathing: Breathing = CallerTests.restless, attempts: Int = 8,
        random: Double = 1, cancellation: Cancellation = Cancellation()
    ) -> RemoteCaller {
        RemoteCaller(
            database, breathing: breathing, cancellation: cancellation, attempts: attempts, random: { random },
            sleep: { duration in
                try cancellation.check()
                database.note("sleep \(duration / .milliseconds(1))")
            })
    }

    private func thrown(by caller: RemoteCaller, canAskForLess: Bool = true) -> RemoteError? {
        do {
            _ = try caller.rows("Q", canAskForLess: canAskForLess)
            return nil
        } catch {
            return error as? RemoteError
        }
    }

    @Test("Answers are passed on, without a pause before the time")
    func answers() throws {
        let database = ScriptedDatabase([])
        let caller = makeCaller(database)
        for _ in 1...3 {
            let count = try caller.rows("Q").answer.rowCount
            #expect(count == 1)
        }
        #expect(database.log == ["Q", "Q", "Q"])
        #expect(caller.requests == 3)
    }

    @Test("It breathes between requests, and not before the first one")
    func breathes() throws {
        let database = ScriptedDatabase([])
        let caller = makeCaller(database, breathing: Breathing(work: .zero, pause: .seconds(5)))
        for _ in 1...3 { _ = try caller.rows("Q") }
        #expect(database.log == ["Q", "sleep 5000.0", "Q", "sleep 5000.0", "Q"])
    }

    @Test("What may pass is tried again, twice as late each time")
    func triesAgain() throws {
        let database = ScriptedDatabase([
            RemoteError(.busy, ""), RemoteError(.unreachable, ""), RemoteError(.busy, ""),
        ])
        _ = try makeCaller(database).rows("Q")
        #expect(database.log == ["Q", "sleep 500.0", "Q", "sleep 1000.0", "Q", "sleep 2000.0", "Q"])
    }

    @Test("A pause between attempts is shortened by half at most")
    func jitter() throws {
        let database = ScriptedDatabase([RemoteError(.busy, "")])
        _ = try makeCaller(database, random: 0).rows("Q")
        #expect(database.log == ["Q", "sleep 250.0", "Q"])
    }

    @Test("Retry-After is honoured, up to five minutes, and ten minutes in all")
    func retryAfter() throws {
        let database = ScriptedDatabase([
            RemoteError(.busy, "", retryAfter: 7), RemoteError(.busy, "", retryAfter: 86_400),
            RemoteError(.busy, "", retryAfter: 300),
        ])
        let last = thrown(by: makeCaller(database))
        #expect(last?.kind == .busy)
        #expect(database.log == ["Q", "sleep 7000.0", "Q", "sleep 300000.0", "Q"])
    }

    @Test("So many attempts, and no more")
    func attempts() {
        let database = ScriptedDatabase(Array(repeating: RemoteError(.unreachable, "gone"), count: 9))
        let last = thrown(by: makeCaller(database, attempts: 3))
        #expect(last == RemoteError(.unreachable, "gone"))
        #expect(database.log.filter { $0 == "Q" }.count == 3)
    }

    @Test(
        "The rest is thrown at once",
        arguments: [
            RemoteError(.unauthorized, ""), RemoteError(.tooLarge, ""), RemoteError(.tooSlow, ""),
            RemoteError(.stateLost, ""), RemoteError(.statement, ""), RemoteError(.malformed, ""),
            RemoteError(.unreachable, "", isLasting: true),
        ])
    func lasting(failure: RemoteError) {
        let database = ScriptedDatabase([failure])
        #expect(thrown(by: makeCaller(database)) == failure)
        #expect(database.log == ["Q"])
    }

    @Test(
        "What is too much is asked for again a few times, where nothing less can be asked for",
        arguments: [RemoteError(.tooSlow, ""), RemoteError(.tooLarge, "")])
    func tooMuch(failure: RemoteError) throws {
        let database = ScriptedDatabase([failure, failure])
        _ = try makeCaller(database).rows("Q", canAskForLess: false)
        #expect(database.log == ["Q", "sleep 500.0", "Q", "sleep 1000.0", "Q"])
        let lasting = ScriptedDatabase([failure, failure, failure])
        #expect(thrown(by: makeCaller(lasting), canAskForLess: false) == failure)
        #expect(lasting.log == database.log)
    }

    @Test("A state that has not lasted to its end is told")
    func finishes() throws {
        let database = ScriptedDatabase([], ends: [RemoteError(.unreachable, ""), RemoteError(.stateLost, "gone")])
        let caller = makeCaller(database)
        _ = try caller.begin()
        #expect(throws: RemoteError(.stateLost, "gone")) { try caller.finish() }
        #expect(database.log == ["begin", "finish", "sleep 500.0", "finish"])
    }

    @Test("A state that was begun is kept alive in pauses, three times in its idle time")
    func keepsAlive() throws {
        let database = ScriptedDatabase([])
        let caller = makeCaller(database, breathing: Breathing(work: .zero, pause: .seconds(8)))
        let isBegun = try caller.begin()
        #expect(isBegun)
        _ = try caller.rows("Q")
        _ = try caller.rows("Q")
        caller.end()
        _ = try caller.rows("Q")
        #expect(
            database.log == [
                "begin", "Q", "sleep 3000.0", "alive", "sleep 3000.0", "alive", "sleep 2000.0", "Q", "end",
                "sleep 8000.0", "Q",
            ])
        #expect(caller.requests == 6)
    }

    @Test("A sign of life that does not arrive is followed by another one")
    func lostSign() throws {
        let database = ScriptedDatabase([], signs: [RemoteError(.unreachable, "")])
        let caller = makeCaller(database, breathing: Breathing(work: .zero, pause: .seconds(6)))
        _ = try caller.begin()
        _ = try caller.rows("Q")
        _ = try caller.rows("Q")
        #expect(database.log == ["begin", "Q", "sleep 3000.0", "alive", "sleep 3000.0", "Q"])
    }

    @Test("A state that is lost in a pause is told, and no longer kept alive")
    func lostState() throws {
        let database = ScriptedDatabase([], signs: [RemoteError(.stateLost, "expired")])
        let caller = makeCaller(database, breathing: Breathing(work: .zero, pause: .seconds(6)))
        _ = try caller.begin()
        _ = try caller.rows("Q")
        #expect(thrown(by: caller) == RemoteError(.stateLost, "expired"))
        _ = try caller.rows("Q")
        #expect(database.log == ["begin", "Q", "sleep 3000.0", "alive", "sleep 6000.0", "Q"])
    }

    @Test("A cancellation ends the waiting")
    func cancelled() {
        let cancellation = Cancellation()
        cancellation.cancel()
        let database = ScriptedDatabase([])
        let caller = makeCaller(database, cancellation: cancellation)
        #expect(throws: CancellationError.self) { _ = try caller.rows("Q") }
        #expect(database.log.isEmpty)
    }

    @Test("Errors say to a person what to do, and whether a later run may help", arguments: RemoteService.allCases)
    func explanations(service: RemoteService) {
        let database = ScriptedDatabase([], service: service)
        let refused = RemoteCaller.explain(RemoteError(.unauthorized, "it answered 401"), database)
        #expect(refused.code == .unreachable && !refused.isTransient)
        #expect(
            refused.message
                == "cannot read from \(service.title) at db.example: it refuses the token (it answered 401)")
        #expect(refused.hint?.contains("\(service.rawValue).token") == true)
        let away = RemoteCaller.explain(RemoteError(.unreachable, "no route"), database)
        #expect(away.code == .unreachable && away.isTransient)
        let redirected = RemoteCaller.explain(RemoteError(.unreachable, "a redirect", isLasting: true), database)
        #expect(redirected.code == .unreachable && !redirected.isTransient)
        let busy = RemoteCaller.explain(RemoteError(.busy, "locked"), database)
        #expect(busy.code == .busy && busy.isTransient)
    }
}

/// A database that fails as it is told, then answers one row for ever; and tells what it was asked for.
private final class ScriptedDatabase: RemoteDatabase {
    let service: RemoteService
    let name = "db.example"
    let limits = RemoteLimits(statementBytes: 1000, columns: 10, answerBytes: 1000, idleTime: .seconds(9))
    private let failures: Mutex<[RemoteError]>
    private let signs: Mutex<[RemoteError]>
    private let ends: Mutex<[RemoteError]>
    private let calls = Mutex<[String]>([])

    /// - Parameters:
    ///   - failures: of statements, one after the other.
    ///   - signs: of signs of life.
    ///   - ends: of states.
    init(
        _ failures: [RemoteError], signs: [RemoteError] = [], ends: [RemoteError] = [],
        service: RemoteService = .libsql
    ) {
        self.failures = Mutex(failures)
        self.signs = Mutex(signs)
        self.ends = Mutex(ends)
        self.service = service
    }

    var log: [String] { calls.withLock { $0 } }

    func note(_ call: String) {
        calls.withLock { $0.append(call) }
    }

    func query(_ sql: String, _ cancellation: Cancellation) throws -> RemoteAnswer {
        note(sql)
        if let failure = failures.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { throw failure }
        return RemoteAnswer(body: [], columnCount: 1, cells: [.null])
    }

    func begin(_ cancellation: Cancellation) throws -> Bool {
        note("begin")
        return true
    }

    func finish(_ cancellation: Cancellation) throws {
        note("finish")
        if let failure = ends.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { throw failure }
    }

    func end() {
        note("end")
    }

    func keepAlive(_ cancellation: Cancellation) throws {
        note("alive")
        if let failure = signs.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { throw failure }
    }
}
