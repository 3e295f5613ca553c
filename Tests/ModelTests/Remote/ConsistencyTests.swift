import Model
import Testing

@Suite("What is proved of a remote source's state") struct ConsistencyTests {
    @Test(
        "is said in few words",
        arguments: [
            (Consistency(.consistent, readings: 1), "consistent"),
            (Consistency(.eachTable, readings: 2), "each table consistent"),
            (Consistency(.changed, tables: ["orders", "items"], readings: 4), "changed while read: orders, items"),
            (Consistency(.unchecked, readings: 1), "read once, not checked"),
        ] as [(Consistency, String)])
    func words(consistency: Consistency, words: String) {
        #expect(consistency.words == words)
    }

    @Test("stands beside the source's SQLite, where the service tells its version")
    func engine() {
        var source = Manifest.SourceFacts(
            kind: "d1", pageSize: 4096, pageCount: 1, encoding: "UTF-8", journalMode: "", autoVacuum: 0, userVersion: 0,
            applicationID: 0, sqliteVersion: "")
        #expect(source.engineWords == "Cloudflare D1")
        #expect(source.knownSQLiteVersion == nil)
        source.sqliteVersion = "3.46.0"
        #expect(source.engineWords == "Cloudflare D1, SQLite 3.46.0")
        source.kind = "sqlite"
        #expect(source.engineWords == "SQLite 3.46.0")
        #expect(source.knownSQLiteVersion == "3.46.0")
    }

    @Test("names a few tables and counts the others where there is little room")
    func brief() {
        let few = Consistency(.changed, tables: ["a", "b"], readings: 2)
        #expect(few.brief == few.words)
        let names = (1...7).map { SQLText("t\($0)") }
        #expect(
            Consistency(.changed, tables: names, readings: 2).brief
                == "changed while read: t1, t2, t3, t4, t5 and 2 others")
        #expect(Consistency(.changed, tables: names, readings: 2).words.hasSuffix("t6, t7"))
        let facts = Manifest.SnapshotFacts(
            method: .mirror, consistency: Consistency(.eachTable, readings: 2), begunAt: Timestamp(seconds: 0),
            takenAt: Timestamp(seconds: 1))
        #expect(facts.shortfall == "each table consistent")
        let file = Manifest.SnapshotFacts(
            method: .copy, consistent: true, begunAt: Timestamp(seconds: 0), takenAt: Timestamp(seconds: 1))
        #expect(file.shortfall == nil)
    }

    @Test("comes with a warning where rows may be from different moments, and with none where they are not")
    func warning() {
        #expect(Consistency(.consistent, readings: 2).warning == nil)
        for kind in [Consistency.Kind.eachTable, .changed, .unchecked] {
            #expect(Consistency(kind, tables: ["orders"], readings: 2).warning?.contains("NOT one state") == true)
        }
        #expect(Consistency(.changed, tables: ["orders"], readings: 2).warning?.contains("orders") == true)
    }
}
