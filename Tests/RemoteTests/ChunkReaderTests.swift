import Model
import Pipeline
import SQLite
import Testing

@testable import Remote

@Suite struct ChunkReaderTests {
    private static func expectAll(
        _ script: String, order: String, chunkRows: Int, limits: RemoteLimits = LocalRemote.usualLimits
    ) throws {
        try withLocalRemote(script, limits: limits) { remote, database in
            let table = try remote.table("t")
            let read = try remote.rows(of: table, chunkRows: chunkRows).rows.map(\.values)
            let stored = try database.rows("SELECT * FROM t ORDER BY \(order)")
            #expect(read == stored)
            #expect(!remote.statements.contains { $0.contains("OFFSET") })
        }
    }

    private static let numbers = "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)"

    @Test("Rows come in the order of the rowid, whatever it is", arguments: [1, 7, 1000])
    func rowids(chunkRows: Int) throws {
        let script = """
            CREATE TABLE t(a, b);
            \(Self.numbers) INSERT INTO t(rowid, a, b) SELECT i * i * 1000003 - 9000000, i, 'x' || i FROM n;
            INSERT INTO t(rowid, a) VALUES (-9223372036854775808, 'least'), (9223372036854775807, 'most');
            """
        try Self.expectAll(script, order: "rowid", chunkRows: chunkRows)
    }

    @Test("Rows come in the order of a key of several columns", arguments: [1, 3, 50])
    func compositeKeys(chunkRows: Int) throws {
        let script = """
            CREATE TABLE t(v, c TEXT COLLATE NOCASE, a INTEGER, b, d, e, f,
              PRIMARY KEY(a DESC, b, c COLLATE NOCASE DESC, d, e, f)) WITHOUT ROWID;
            \(Self.numbers) INSERT INTO t SELECT i, char(65 + i % 4), i % 3, CASE i % 5 WHEN 0 THEN i % 2
              WHEN 1 THEN 'x' WHEN 2 THEN x'00' WHEN 3 THEN 0.5 ELSE '1' END, i % 2, i / 50, i FROM n;
            """
        try Self.expectAll(script, order: "a DESC, b, c COLLATE NOCASE DESC, d, e, f", chunkRows: chunkRows)
    }

    @Test("A key may have many columns")
    func longKeys() throws {
        let columns = (0..<24).map { "k\($0)" }
        let values = ["i % 2", "i % 3"] + Array(repeating: "0", count: 20) + ["i % 5", "i"]
        let script = """
            CREATE TABLE t(\(columns.joined(separator: ",")), PRIMARY KEY(\(columns.joined(separator: ","))))
              WITHOUT ROWID;
            \(Self.numbers) INSERT INTO t SELECT \(values.joined(separator: ",")) FROM n;
            """
        try Self.expectAll(script, order: columns.joined(separator: ","), chunkRows: 7)
        try withLocalRemote(script) { remote, _ in
            let table = try remote.table("t")
            let all = try remote.rows(of: table).rows
            let reader = ChunkReader(table, remote.caller(), chunkRows: 1000, limits: remote.limits)
            for (low, high) in [(0, 1), (3, 60), (60, 199)] {
                let chunk = try reader.next(after: table.place(of: all[low]), upTo: table.place(of: all[high]))
                #expect(chunk.map { Array($0.rows.prefix(5)) } == Array(all[(low + 1)...high].prefix(5)))
            }
        }
    }

    @Test("A value of any kind leads to the next row")
    func anyKey() throws {
        let script = """
            CREATE TABLE t(k PRIMARY KEY) WITHOUT ROWID;
            INSERT INTO t VALUES (-9e999), (9e999), (-9223372036854775808), (9223372036854775807), (0), (0.1), (5e-324),
              (9007199254740993), (9007199254740992.0), (''), ('a' || char(0)), ('a'), ('5'), (x''), (x'ff'), (1.5e300),
              (CAST(x'ff80' AS TEXT));
            """
        try Self.expectAll(script, order: "k", chunkRows: 1)
    }

    @Test("A range ends where it should, and its end is known without another request")
    func ranges() throws {
        let script = """
            CREATE TABLE t(a TEXT COLLATE NOCASE, b INTEGER, c, PRIMARY KEY(a, b DESC)) WITHOUT ROWID;
            \(Self.numbers) INSERT INTO t SELECT char(97 + i / 40), i, i FROM n;
            """
        try withLocalRemote(script) { remote, _ in
            let table = try remote.table("t")
            let all = try remote.rows(of: table).rows
            let reader = ChunkReader(table, remote.caller(), chunkRows: 1000, limits: remote.limits)
            for (low, high) in [(0, 1), (3, 19), (38, 41), (100, 115), (5, 5)] {
                let after = table.place(of: all[low])
                let upTo = table.place(of: all[high])
                let before = remote.queries
                var rows: [Chunk.Row] = []
                var last = after
                while let chunk = try reader.next(after: last, upTo: upTo) {
                    rows += chunk.rows
                    last = chunk.last
                }
                #expect(rows == Array(all[(low + 1)..<(high + 1)]))
                #expect(remote.queries - before <= 1)
            }
            let beginning = try reader.next(after: nil, upTo: table.place(of: all[9]))
            #expect(beginning?.rows == Array(all[...9]))
        }
    }

    @Test("Keys that only a zero byte parts are one range, as SQLite has it")
    func zeroBytes() throws {
        let script = """
            CREATE TABLE t(a TEXT COLLATE NOCASE, b INTEGER, c, PRIMARY KEY(a, b)) WITHOUT ROWID;
            \(Self.numbers) INSERT INTO t SELECT 'x' || char(0) || char(97 + i % 5), i, i FROM n;
            """
        try withLocalRemote(script) { remote, _ in
            let table = try remote.table("t")
            let all = try remote.rows(of: table).rows
            #expect(all.count == 200)
            let reader = ChunkReader(table, remote.caller(), chunkRows: 1000, limits: remote.limits)
            for (low, high) in [(0, 1), (3, 19), (38, 41)] {
                let chunk = try reader.next(after: table.place(of: all[low]), upTo: table.place(of: all[high]))
                #expect(chunk?.rows == Array(all[(low + 1)...high]))
            }
        }
    }

    /// Answers each statement with the rows 2 and 1.
    private struct Disordered: RemoteDatabase {
        let service = RemoteService.starbasedb
        let name = "local.example"
        let limits = LocalRemote.usualLimits

        func query(_ sql: String, _ cancellation: Cancellation) throws -> RemoteAnswer {
            RemoteAnswer(
                body: Array("i2i1".utf8), columnCount: 2,
                cells: [.text(0..<2, isPlain: true), .null, .text(2..<4, isPlain: true), .null])
        }

        func begin(_ cancellation: Cancellation) throws -> Bool { false }
        func end() {}
        func keepAlive(_ cancellation: Cancellation) throws {}
    }

    @Test("Rows in another order than was asked for are an error, as others would be missed behind them")
    func order() throws {
        let database = Disordered()
        let caller = RemoteCaller(
            database, breathing: Breathing(work: .seconds(25), pause: .zero), cancellation: Cancellation(), attempts: 1)
        let table = RemoteTable(name: "t", columns: [.init(name: "a")], key: .rowid(name: "rowid"))
        let reader = ChunkReader(table, caller, chunkRows: 1000, limits: database.limits)
        let error = #expect(throws: RemoteError.self) { _ = try reader.next(after: nil, upTo: nil) }
        #expect(error?.kind == .malformed)
    }

    @Test("More columns than a result has are read in groups", arguments: ["", "WITHOUT ROWID"])
    func wideTables(ending: String) throws {
        let columns = (0..<230).map { "c\($0)" }
        let script = """
            CREATE TABLE t(\(columns.joined(separator: ",")), PRIMARY KEY(c150, c3)) \(ending);
            \(Self.numbers) INSERT INTO t(c3, c150, \((200..<230).map { "c\($0)" }.joined(separator: ",")))
              SELECT i, i % 3, \((200..<230).map { "i * \($0)" }.joined(separator: ",")) FROM n;
            """
        try Self.expectAll(script, order: ending.isEmpty ? "rowid" : "c150, c3", chunkRows: 30)
    }

    @Test("A row that is larger than an answer is read in pieces")
    func largeRows() throws {
        let script = """
            CREATE TABLE t(a, b, c, d);
            INSERT INTO t VALUES (1, 'small', NULL, 0.5),
              (2, randomblob(300000), -0.25, replace(hex(zeroblob(90000)), '0', 'é' || char(0))),
              (3, zeroblob(5000), CAST(randomblob(70001) AS TEXT), 9e999), (4, 'small', x'', '');
            """
        let limits = RemoteLimits(statementBytes: 100_000, columns: 100, answerBytes: 64 << 10)
        try Self.expectAll(script, order: "rowid", chunkRows: 1000, limits: limits)
    }

    @Test("A large value that changes between its pieces is read again")
    func tornValue() throws {
        let limits = RemoteLimits(statementBytes: 100_000, columns: 100, answerBytes: 64 << 10)
        try withLocalRemote("CREATE TABLE t(a); INSERT INTO t VALUES (randomblob(100000))", limits: limits) {
            remote, database in
            let table = try remote.table("t")
            var pieces = 0
            remote.refusal = { sql in
                guard sql.contains("substr(") else { return nil }
                pieces += 1
                if pieces == 3 { try database.execute("UPDATE t SET a = randomblob(100000)") }
                return nil
            }
            let read = try remote.rows(of: table).rows.map(\.values)
            let stored = try database.rows("SELECT a FROM t")
            #expect(read == stored)

            remote.refusal = { sql in
                if sql.contains("substr(") { try database.execute("UPDATE t SET a = randomblob(100000)") }
                return nil
            }
            let error = #expect(throws: NightjarError.self) { _ = try remote.rows(of: table) }
            #expect(error?.isTransient == true)
        }
    }

    @Test("A wide row that changes between its groups is read again")
    func tornRow() throws {
        let columns = (0..<130).map { "c\($0)" }.joined(separator: ",")
        try withLocalRemote("CREATE TABLE t(\(columns)); INSERT INTO t(c0, c129) VALUES (1, 1), (2, 2)") {
            remote, database in
            let table = try remote.table("t")
            let first = remote.queries
            remote.interludes[first + 2] = { try database.execute("UPDATE t SET c0 = 7, c129 = 7 WHERE c0 = 1") }
            remote.interludes[first + 6] = { try database.execute("DELETE FROM t WHERE c0 = 2") }
            let read = try remote.rows(of: table).rows.map(\.values)
            let stored = try database.rows("SELECT * FROM t")
            #expect(read == stored)
        }
    }

    @Test("Wide rows of which one changes all the time are read in smaller chunks")
    func restlessRows() throws {
        let columns = (0..<130).map { "c\($0)" }.joined(separator: ",")
        let script = "CREATE TABLE t(\(columns)); \(Self.numbers) INSERT INTO t(c0, c129) SELECT i, i FROM n"
        try withLocalRemote(script) { remote, database in
            let table = try remote.table("t")
            // Whoever asks for more than one of its rows finds that they have changed since.
            remote.refusal = { sql in
                guard !sql.hasSuffix("LIMIT 1)"), !sql.hasSuffix("LIMIT 2)") else { return nil }
                try database.execute("UPDATE t SET c0 = c0 + 1000, c129 = c129 + 1000 WHERE c0 % 1000 = 1")
                return nil
            }
            let read = try remote.rows(of: table).rows
            #expect(read.count == 200)
            #expect(read.allSatisfy { $0.values[0] == $0.values[129] })
        }
    }

    @Test("Less is asked for when the service says that it is too much")
    func shrinks() throws {
        try withLocalRemote("CREATE TABLE t(a); \(Self.numbers) INSERT INTO t SELECT i FROM n") { remote, _ in
            let table = try remote.table("t")
            let first = remote.queries
            remote.failures[first + 1] = RemoteError(.tooLarge, "too large")
            remote.failures[first + 2] = RemoteError(.tooSlow, "exceeded its time")
            let read = try remote.rows(of: table).rows
            #expect(read.count == 200)
            #expect(remote.statements[first].contains("LIMIT 16"))
            #expect(remote.statements[first + 1].contains("LIMIT 8"))
            #expect(remote.statements[first + 2].contains("LIMIT 4"))
        }
    }

    @Test("Chunks grow while they are small and quick, and shrink when they are slow or large")
    func sizes() {
        var size = ChunkSize(maximum: 350, answerBytes: 32 << 20, of: .starbasedb)
        func learn(_ rows: Int, bytes: Int, milliseconds: Int) -> Int {
            size.learn(
                rows: rows, bytes: bytes, elapsed: .milliseconds(milliseconds), latency: .milliseconds(20))
            return size.rows
        }
        #expect(size.rows == 16)
        // What the way takes alone is not the service's work.
        #expect(learn(16, bytes: 1600, milliseconds: 20) == 32)
        #expect(learn(32, bytes: 3200, milliseconds: 20) == 64)
        #expect(learn(64, bytes: 6400, milliseconds: 24) == 128)
        #expect(learn(128, bytes: 12_800, milliseconds: 28) == 256)
        #expect(learn(256, bytes: 25_600, milliseconds: 36) == 350)
        // 16 rows a millisecond.
        #expect(learn(350, bytes: 35_000, milliseconds: 42) == 320)
        #expect(learn(320, bytes: 32_000, milliseconds: 40) == 320)
        // One that waited for others says nothing of its rows.
        #expect(learn(320, bytes: 32_000, milliseconds: 400) == 320)
        #expect(learn(320, bytes: 2 << 20, milliseconds: 40) == 160)
        // Nor do those that were the last ones.
        #expect(learn(12, bytes: 1000, milliseconds: 20) == 160)
        #expect(learn(160, bytes: 1000, milliseconds: 6000) == 80)
        for _ in 1...5 { _ = learn(80, bytes: 100_000, milliseconds: 500) }
        for _ in 1...5 { _ = learn(size.rows, bytes: 100_000, milliseconds: 500) }
        #expect(size.rows == 4)
        #expect(learn(4, bytes: 2 << 20, milliseconds: 500) == 2)
    }

    @Test("Rows that were there before come with one request where they are up to twice as many as it asks for")
    func expectedRows() {
        let size = ChunkSize(maximum: 20, answerBytes: 32 << 20, of: .starbasedb)
        #expect([0, 16, 17, 20, 21].map { size.rows(expecting: $0) } == [16, 16, 17, 20, 16])
    }

    @Test("Little that takes long is not asked for in smaller pieces")
    func slowAnswers() {
        var size = ChunkSize(maximum: 1000, answerBytes: 32 << 20, of: .starbasedb)
        for _ in 1...10 { size.learn(rows: 16, bytes: 1000, elapsed: .milliseconds(500), latency: .milliseconds(1)) }
        #expect(size.rows == 16)
    }

    @Test("A request keeps a service busy for no longer than the way there takes, within bounds")
    func work() {
        let latencies = [Duration.zero, .milliseconds(12), .milliseconds(80)]
        let starbasedb = latencies.map { RemoteService.starbasedb.work(atLatency: $0) }
        #expect(starbasedb == [.milliseconds(3), .milliseconds(12), .milliseconds(20)])
        let libsql = latencies.map { RemoteService.libsql.work(atLatency: $0) }
        #expect(libsql == [.milliseconds(20), .milliseconds(20), .milliseconds(50)])
    }

    @Test("A column that is gone is an error, and no text of its name")
    func droppedColumn() throws {
        try withLocalRemote("CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 2)") { remote, database in
            let table = try remote.table("t")
            try database.execute("ALTER TABLE t DROP COLUMN b")
            let error = #expect(throws: RemoteError.self) { _ = try remote.rows(of: table) }
            #expect(error?.kind == .statement)
        }
    }

    @Test("A table without any key is read at once, and refused when it is too large for that")
    func withoutKey() throws {
        let limits = RemoteLimits(statementBytes: 100_000, columns: 100, answerBytes: 4096)
        let script = "CREATE TABLE t(rowid, _rowid_, oid); INSERT INTO t VALUES (3, 2, 1), (1, 2, 3)"
        try withLocalRemote(script, limits: limits) { remote, database in
            let table = try remote.table("t")
            let read = try remote.rows(of: table)
            let stored = try database.rows("SELECT * FROM t")
            #expect(read.rows.map(\.values) == stored)
            #expect(read.chunks == 1)
            remote.failures[remote.queries + 1] = RemoteError(.tooSlow, "exceeded its time")
            let again = try remote.rows(of: table)
            #expect(again.rows == read.rows, "others may have made it slow")
            try database.execute("INSERT INTO t VALUES (randomblob(5000), 0, 0)")
            let error = #expect(throws: NightjarError.self) { _ = try remote.rows(of: table) }
            #expect(error?.hint?.contains("exclude") == true)
        }
    }

    @Test("Rows are counted")
    func counts() throws {
        try withLocalRemote("CREATE TABLE t(a); \(Self.numbers) INSERT INTO t SELECT i FROM n") { remote, _ in
            let count = try RowCount.of(remote.table("t"), remote.caller())
            #expect(count == 200)
        }
    }

    @Test("Many rows are counted some at a time, and more where the service holds a state")
    func countsInSteps() throws {
        let script = """
            CREATE TABLE t(id INTEGER PRIMARY KEY, a);
            WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)
              INSERT INTO t SELECT i * 3 - 500, i FROM n;
            INSERT INTO t VALUES (-9223372036854775808, 0), (9223372036854775807, 0);
            """
        try withLocalRemote(script) { remote, _ in
            let table = try remote.table("t")
            let before = remote.queries
            remote.failures[before + 1] = RemoteError(.tooSlow, "exceeded its time")
            let count = try RowCount.of(table, remote.caller())
            #expect(count == 9002)
            #expect(remote.queries > before + 2)
            #expect(remote.statements[before...].allSatisfy { $0.contains(" LIMIT ") })
        }
        var limits = LocalRemote.usualLimits
        limits.idleTime = .seconds(10)
        try withLocalRemote(script, service: .libsql, limits: limits) { remote, _ in
            let table = try remote.table("t")
            let before = remote.queries
            let count = try RowCount.of(table, remote.caller())
            #expect(count == 9002)
            #expect(remote.queries == before + 1)
            #expect(remote.statements[before].contains(" LIMIT "))
        }
    }
}
