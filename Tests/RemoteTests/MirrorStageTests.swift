import Foundation
import Model
import SQLite
import TestSupport
import Testing

@testable import Dump
@testable import Remote

@Suite("The stage of a mirror", .timeLimit(.minutes(10)))
struct MirrorStageTests {
    private static let sql = """
        CREATE TABLE small(a);
        INSERT INTO small VALUES (1);
        CREATE TABLE keyed(k TEXT COLLATE NOCASE, n INT, t TEXT, PRIMARY KEY(k DESC, n)) WITHOUT ROWID;
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
          INSERT INTO keyed SELECT char(97 + i % 7), i, 'row ' || i FROM n;
        CREATE TABLE orders(a, b);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
          INSERT INTO orders SELECT i, randomblob(20) FROM n;
        """

    private static let refused = RemoteError(.unauthorized, "the token was revoked")

    @Test("lets the next process go on where one has stopped", arguments: [1, 3, 9, 14, 19, 24, 31])
    func goesOn(requests: Int) throws {
        try withTemporaryDirectory { directory in
            let trial = try MirrorTrial(in: directory, Self.sql)
            let before = Statements()
            trial.beforeRows { statement in
                if before.all.count == requests { throw Self.refused }
                before.append(statement)
            }
            #expect(throws: NightjarError.self) { _ = try trial.mirror() }
            #expect(trial.source().hasBegun(in: trial.folder))

            let after = Statements()
            trial.beforeRows { after.append($0) }
            let consistency = try trial.consistency()
            #expect(consistency == Consistency(.consistent, readings: 2))
            let differences = try trial.differences()
            #expect(differences == [])
            // A small table, and what is behind the last row of one, is asked for in the same words each time.
            let again = Set(before.all).intersection(after.all).filter { !$0.contains("\"small\"") }
            #expect(again.count <= 2)
        }
    }

    @Test(
        "finishes a later reading that was cut off, before anything is said of what is proved",
        arguments: [
            (0, Consistency(.unchecked, readings: 3)), (1, Consistency(.changed, tables: ["orders"], readings: 3)),
            (2, Consistency(.eachTable, readings: 4)),
        ])
    func finishesReading(rereads: Int, proved: Consistency) throws {
        try withTemporaryDirectory { directory in
            let trial = try trialCutOff(in: directory, changingBefore: [2, 3])
            // Perhaps no pass is left that would come to it.
            let consistency = try trial.consistency(rereads: rereads)
            #expect(consistency == proved)
            let differences = try trial.differences()
            #expect(differences == [])
        }
    }

    @Test("compares the rows of a later reading that was cut off with their count, as those of any other")
    func countsFinishedReading() throws {
        try withTemporaryDirectory { directory in
            let trial = try trialCutOff(in: directory, changingBefore: [2])
            let counts = Times()
            trial.remote.refusal = { statement in
                // They are counted once before the reading goes on, and once behind it.
                if statement.contains("FROM \"orders\" AS r"), counts.next() == 2 {
                    try trial.write("INSERT INTO orders VALUES (0, 0)")
                }
                return nil
            }
            let consistency = try trial.consistency(rereads: 1)
            #expect(consistency == Consistency(.changed, tables: ["orders"], readings: 3))
        }
    }

    /// A mirror whose third reading of `orders` ended in its third range.
    /// - Parameter changes: The readings before which both ends of the table are changed.
    private func trialCutOff(in directory: String, changingBefore changes: Set<Int>) throws -> MirrorTrial {
        let trial = try MirrorTrial(in: directory, Self.sql)
        let beginnings = Times()
        let middles = Times()
        trial.beforeRows { statement in
            guard statement.contains("FROM \"orders\" AS t") else { return }
            if !statement.contains("\"rowid\">") {
                // The first range of a reading.
                let reading = beginnings.next()
                guard changes.contains(reading) else { return }
                try trial.write("UPDATE orders SET a = -\(reading) WHERE rowid IN (1, 400)")
            } else if statement.contains("\"rowid\">32 "), middles.next() == 3 {
                throw Self.refused
            }
        }
        #expect(throws: NightjarError.self) { _ = try trial.mirror() }
        trial.remote.refusal = nil
        let schema = try RemoteSchema.read(trial.remote.caller(), exclude: [])
        let head = try #require(MirrorStage.begun(in: trial.folder))
        let stage = try MirrorStage(in: trial.folder, head, tables: schema.tables)
        let orders = try #require(stage.tables.firstIndex { $0.name == "orders" })
        let standing = try stage.standing(of: orders)
        let piece = try stage.piece(of: orders, reading: 3)
        #expect(standing.readings == 2)
        #expect(piece?.number == 1)
        return trial
    }

    @Test("keeps what was proved where the next process has only the snapshot to make, whatever the source is by then")
    func keepsWhatIsProved() throws {
        try withTemporaryDirectory { directory in
            let trial = try MirrorTrial(in: directory, Self.sql)
            let begun = try trial.mirror()
            // As a process leaves it that is killed while it writes the snapshot.
            unlink(trial.folder + "/snapshot.db")
            try trial.write("DELETE FROM orders WHERE a > 100; INSERT INTO small VALUES (2)")
            let statements = Statements()
            trial.beforeRows { statements.append($0) }
            let goneOn = try trial.mirror()
            #expect(goneOn.facts.consistency == Consistency(.consistent, readings: 2))
            #expect(goneOn.facts.begunAt == begun.facts.begunAt)
            #expect(statements.all == [])
            let mirror = try Database(path: trial.folder + "/snapshot.db", access: .readWrite)
            let rows = try mirror.integer("SELECT count(*) FROM orders")
            #expect(rows == 400)
        }
    }

    @Test("begins anew with another schema, and sees what changed while nobody read")
    func beginsAnew() throws {
        try withTemporaryDirectory { directory in
            let trial = try MirrorTrial(in: directory, Self.sql)
            for change in ["UPDATE orders SET a = -a WHERE a < 10", "ALTER TABLE orders ADD COLUMN c DEFAULT 7"] {
                trial.beforeRows(of: "orders") { time in
                    if time == 5 { throw Self.refused }
                }
                #expect(throws: NightjarError.self) { _ = try trial.mirror() }
                trial.remote.refusal = nil
                try trial.write(change)
                try trial.mirror()
                let differences = try trial.differences()
                #expect(differences == [])
                // As an export does that has its snapshot.
                MirrorStage.remove(in: trial.folder)
            }
        }
    }

    @Test("is nothing to go on with for another source, nor for one whose state ended with its process")
    func isOfOneSource() throws {
        try withTemporaryDirectory { directory in
            let trial = try MirrorTrial(in: directory, Self.sql, service: .libsql)
            trial.beforeRows(of: "orders") { _ in throw Self.refused }
            #expect(throws: NightjarError.self) { _ = try trial.mirror() }
            #expect(MirrorStage.begun(in: trial.folder)?.identity == trial.source().identity)
            #expect(!trial.source().hasBegun(in: trial.folder))
            let other = RemoteSource(
                name: "another", identity: "another", service: .d1, chunkRows: 50, rereads: 2
            ) {
                throw Self.refused
            }
            #expect(!other.hasBegun(in: trial.folder))
            trial.remote.refusal = nil
            try trial.mirror()
            let differences = try trial.differences()
            #expect(differences == [])
        }
    }

    @Test("keeps keys as they are")
    func keepsKeys() {
        let key = RemoteKey([
            .integer(.min), .null, .real(-0.0), .text([0xFF, 0]), .blob([]), .text([]), .integer(7), .real(.infinity),
        ])
        let read = RemoteKey(stored: key.stored)
        #expect(read?.stored == key.stored)
        #expect(read?.values.count == 8)
        #expect(RemoteKey(stored: RemoteKey([]).stored)?.values.isEmpty == true)
        #expect(RemoteKey(stored: Array(key.stored.dropLast())) == nil)
        #expect(RemoteKey(stored: [0x78]) == nil)
    }
}
