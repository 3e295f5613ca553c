import Foundation
import Model
import SQLite
import TestSupport
import Testing

@testable import Dump

@Suite("Rows that are read ahead") struct ReadAheadTests {
    /// Numbers of rows around the border behind which a second thread reads, and around those of blocks.
    private static let counts = [0, 1, 999, 1000, 1001, 1002, 3000, 3729, 3730, 3731, 20_000]

    @Test("are those of the table, in their order", arguments: counts)
    func order(count: Int) throws {
        let rows = try WrittenRows(
            """
            CREATE TABLE t(a INTEGER PRIMARY KEY, b, c);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count))
            INSERT INTO t SELECT i, CASE i % 4 WHEN 0 THEN NULL WHEN 1 THEN 'text ' || i WHEN 2 THEN x'00ff' ELSE i / 7.0 END,
              substr('some longer words than that', 1, i % 28) FROM n WHERE \(count) > 0;
            """)
        #expect(try Self.readAhead(rows) == Self.read(rows))
        #expect(try Self.read(rows).count == count)
    }

    /// Shorter and longer than what is copied, and than all that a block holds; empty ones between them.
    @Test("may be of any length")
    func lengths() throws {
        let rows = try WrittenRows(
            """
            CREATE TABLE t(a, b, c, d, e);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)
            INSERT INTO t SELECT i, '', x'', 'b', NULL FROM n;
            WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 120)
            INSERT INTO t SELECT i, randomblob(i * 701), hex(randomblob(32768 - 60 + i)), zeroblob(65536 - i % 2 + i % 3),
              hex(randomblob(i % 11 * 9000)) FROM n;
            WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 3)
            INSERT INTO t SELECT i, zeroblob(262143 + i), i, x'01', '' FROM n;
            """)
        #expect(try Self.readAhead(rows) == Self.read(rows))
    }

    @Test("may be of any encoding, and of a table without rowids", arguments: [TextEncoding.utf8, .utf16le, .utf16be])
    func kinds(encoding: TextEncoding) throws {
        let rows = try WrittenRows(
            """
            CREATE TABLE t(a TEXT, b, PRIMARY KEY(a, b)) WITHOUT ROWID;
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)
            INSERT INTO t SELECT substr('größere Wörter, 長い', 1 + i % 9, i % 17), i FROM n;
            """, encoding: encoding)
        #expect(try Self.readAhead(rows) == Self.read(rows))
    }

    @Test("go on behind a rowid", arguments: [0, 1, 18_000, 19_999, 20_000])
    func goingOn(last: Int64) throws {
        let rows = try Self.numbers(20_000)
        let read = try Self.readAhead(rows, after: last)
        #expect(read.count == 20_000 - Int(last))
        #expect(read.first?.first == (last < 20_000 ? .integer(last + 1) : nil))
    }

    @Test("are read by whoever wants them where the system gives no thread")
    func noThread() throws {
        let rows = try Self.numbers(5000)
        var asked = 0
        let readAhead = ReadAhead(try TableReader(rows.layout, in: rows.database)) { _ in
            asked += 1
            return false
        }
        var read: [[SQLValue]] = []
        while let row = try readAhead.row() { read.append(row.map { SQLValue($0) }) }
        #expect(try read == Self.read(rows))
        #expect(asked == 1)
    }

    @Test("may have more values than a block")
    func width() throws {
        let columns = (1...2000).map { "c\($0)" }.joined(separator: ",")
        let values = (1...2000).map { $0 % 5 == 0 ? "'\($0) of ' || i" : "i" }.joined(separator: ",")
        let rows = try WrittenRows(
            """
            CREATE TABLE t(\(columns));
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1010)
            INSERT INTO t SELECT \(values) FROM n;
            """)
        #expect(try Self.readAhead(rows) == Self.read(rows))
    }

    @Test("stop where nobody wants them any more, and leave the connection to others", arguments: [0, 1, 1001, 5000])
    func stop(taken: Int) throws {
        let rows = try Self.numbers(50_000)
        for _ in 0..<20 {
            let readAhead = ReadAhead(try TableReader(rows.layout, in: rows.database))
            for _ in 0..<taken { _ = try readAhead.row() }
            readAhead.stop()
            #expect(try rows.database.integer("SELECT count(*) FROM t") == 50_000)
            #expect(throws: CancellationError.self) { try readAhead.row() }
        }
    }

    @Test("end behind the last one that could be read")
    func damage() throws {
        try withTemporaryDirectory { folder in
            let path = folder + "/damaged.db"
            do {
                let database = try Database(path: path, access: .create)
                try database.execute(
                    """
                    CREATE TABLE t(a INTEGER PRIMARY KEY, b);
                    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)
                    INSERT INTO t SELECT i, 'number ' || i FROM n;
                    """)
            }
            let file = try FileHandle(forUpdating: URL(filePath: path))
            let size = try file.seekToEnd()
            try file.seek(toOffset: size / 4096 / 2 * 4096)
            try file.write(contentsOf: Data(repeating: 0xFF, count: 4096))
            try file.close()
            let rows = try WrittenRows(of: "t", in: try Database(path: path, access: .readOnly))
            let direct = Self.readable(rows)
            #expect(direct.rows > 10_000 && direct.rows < 40_000)
            let readAhead = ReadAhead(try TableReader(rows.layout, in: rows.database))
            var read = 0
            let error = #expect(throws: SQLiteError.self) {
                while try readAhead.row() != nil { read += 1 }
            }
            #expect(error?.code == direct.code)
            #expect(read == direct.rows)
        }
    }

    @Test("end where they are interrupted")
    func interruption() throws {
        let rows = try Self.numbers(50_000)
        let reader = try TableReader(rows.layout, in: rows.database)
        let readAhead = ReadAhead(reader)
        defer { readAhead.stop() }
        for _ in 0..<2000 { _ = try readAhead.row() }
        var count = 2000
        rows.database.interrupter.interrupt()
        let error = #expect(throws: SQLiteError.self) {
            while try readAhead.row() != nil { count += 1 }
        }
        #expect(error?.code == 9)
        #expect(count < 50_000)
        // The same again, for whoever asks again.
        #expect(throws: SQLiteError.self) { try readAhead.row() }
    }

    // MARK: Rows

    private static func numbers(_ count: Int) throws -> WrittenRows {
        try WrittenRows(
            """
            CREATE TABLE t(a INTEGER PRIMARY KEY, b);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count))
            INSERT INTO t SELECT i, 'number ' || i FROM n;
            """)
    }

    private static func readAhead(_ rows: WrittenRows, after last: Int64? = nil) throws -> [[SQLValue]] {
        let readAhead = ReadAhead(try TableReader(rows.layout, in: rows.database, after: last))
        defer { readAhead.stop() }
        var read: [[SQLValue]] = []
        while let row = try readAhead.row() { read.append(row.map { SQLValue($0) }) }
        return read
    }

    /// How many rows this thread can read, and the error behind them.
    private static func readable(_ rows: WrittenRows) -> (rows: Int, code: Int32?) {
        var count = 0
        do throws(SQLiteError) {
            let reader = try TableReader(rows.layout, in: rows.database)
            while try reader.step() { count += 1 }
            return (count, nil)
        } catch {
            return (count, error.code)
        }
    }

    /// Row by row, by this thread.
    private static func read(_ rows: WrittenRows) throws -> [[SQLValue]] {
        let reader = try TableReader(rows.layout, in: rows.database)
        let values = RowBlock.Values.allocate(capacity: reader.width)
        values.initialize(repeating: .null)
        defer { values.deallocate() }
        var read: [[SQLValue]] = []
        while try reader.step() {
            reader.glance(into: values)
            read.append(values.map { SQLValue($0) })
        }
        return read
    }
}
