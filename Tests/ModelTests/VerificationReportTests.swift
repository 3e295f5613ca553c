import FoundationEssentials
import Model
import Testing

@Suite("A verification report") struct VerificationReportTests {
    /// As the first version wrote it.
    private static let early = """
        {
          "bytesChecked" : 300,
          "database" : "shop",
          "differences" : [
            {
              "message" : "the bytes are not those that were written: SHA-256 of part 1 differs",
              "object" : "shop/dump_20260315-023000.sql.zst",
              "part" : 1
            }
          ],
          "finishedAt" : "2026-03-15T02:31:00Z",
          "foreignKeyViolations" : 0,
          "host" : "web-1",
          "id" : "dump_20260315-023000",
          "importSeconds" : 1.5,
          "integrityCheck" : [

          ],
          "level" : "restore",
          "notes" : [
            "a note"
          ],
          "objectsChecked" : 1,
          "outcome" : "different",
          "sqliteVersion" : "3.40.1",
          "startedAt" : "2026-03-15T02:30:58Z",
          "tables" : [

          ],
          "tool" : "nightjar 0.1.0",
          "totalSeconds" : 2
        }
        """

    private static func read(_ text: String) throws -> VerificationReport {
        try JSONText.decoder.decode(VerificationReport.self, from: JSONText.data(Array(text.utf8)))
    }

    private static let complete: VerificationReport = {
        var report = VerificationReport(
            id: "dump_20260315-023000", database: "shop", level: .restore, startedAt: .init(seconds: 1_773_541_858),
            tool: "nightjar 1", sqliteVersion: "3.40.1", host: "web-1")
        report.objects = [
            .init(
                key: "shop/dump_20260315-023000.sql.zst", sizeExpected: 300, sizeFound: 300, parts: 1, partsChecked: 1,
                partsDifferent: [
                    .init(number: 1, offset: 0, size: 300, sha256Expected: "aa", sha256Found: "bb")
                ])
        ]
        report.schemaObjects = .init(expected: 3, found: 3, equal: 2)
        report.foreignKeyViolationsUntold = 2
        report.sourceSQLiteVersion = "3.45.0"
        report.consistency = Consistency(.changed, tables: ["orders"], readings: 3)
        report.drill = .init(
            program: "/opt/check", exitCode: 1, signal: nil, seconds: 3.2, output: "no\n")
        report.advice = .init(
            goodUntil: .init(seconds: 1_773_000_000), differentSince: .init(seconds: 1_773_541_858),
            goodBackup: .init(
                id: "dump_20260314-023000", store: "disk", createdAt: .init(seconds: 1_773_455_400),
                provedAt: .init(seconds: 1_773_455_500)))
        report.note(dumpBytes: 3_000_000, importSeconds: 1.5)
        return report
    }()

    @Test("of the first version is read as it was written")
    func early() throws {
        let report = try Self.read(Self.early)
        #expect(report.outcome == .different)
        #expect(report.differences.first?.part == 1)
        #expect(report.objects == nil)
        #expect(report.schemaObjects == nil)
        #expect(report.drill == nil)
        #expect(report.advice == nil)
        #expect(report.adviceSentences == [])
        // And says no more than it knows when it is passed on.
        let text = try JSONText.text(report)
        let keys = [
            "\"objects\"", "schemaObjects", "drill", "advice", "dumpBytes", "PerSecond", "sourceSQLite", "Untold",
            "consistency",
        ]
        for key in keys {
            #expect(!text.contains(key), "\(key)")
        }
    }

    @Test("comes back as it was")
    func roundTrip() throws {
        let read = try Self.read(JSONText.text(Self.complete))
        #expect(read == Self.complete)
    }

    @Test(
        "says in its sum line what is lacking in the state that was restored",
        arguments: [VerificationReport.Outcome.proved, .checked])
    func shortfall(_ outcome: VerificationReport.Outcome) {
        var report = Self.complete
        report.outcome = outcome
        #expect(report.summary.hasSuffix("; changed while read: orders"))
        report.consistency = Consistency(.consistent, readings: 2)
        #expect(!report.summary.contains(";"))
        report.consistency = nil
        #expect(!report.summary.contains(";"))
    }

    @Test("tells how fast the import was, whatever the clock says")
    func speed() {
        #expect(Self.complete.importBytesPerSecond == 2_000_000)
        for seconds in [0, -1, .nan, .infinity, 1e-320] as [Double] {
            var report = Self.complete
            report.importBytesPerSecond = nil
            report.note(dumpBytes: .max, importSeconds: seconds)
            #expect(report.importBytesPerSecond ?? 0 >= 0)
        }
    }

    @Test("says since when and which other backup is good")
    func advice() {
        let sentences = Self.complete.adviceSentences
        #expect(sentences.first == "It was good at 2026-03-08T20:00:00Z, and different at 2026-03-15T02:30:58Z.")
        #expect(sentences.last?.contains("dump_20260314-023000 of 2026-03-14T02:30:00Z in the store disk") == true)
        #expect(
            sentences.last?.contains("nightjar restore shop/dump_20260314-023000 --to shop-restored.db") == true)
        var alone = Self.complete
        alone.advice = .init(goodUntil: nil, differentSince: alone.startedAt, goodBackup: nil)
        #expect(alone.adviceSentences.first?.hasPrefix("No earlier verification") == true)
        #expect(alone.adviceSentences.last?.contains("nightjar backup shop") == true)
    }

    @Test(
        "says how a drill ended",
        arguments: [
            (1, nil, "the drill /opt/check ended with exit code 1 after 3.2 s"),
            (nil, 11, "the drill /opt/check was ended by signal 11 after 3.2 s"),
        ] as [(Int?, Int?, String)])
    func drill(exitCode: Int?, signal: Int?, words: String) {
        let drill = VerificationReport.DrillResult(
            program: "/opt/check", exitCode: exitCode, signal: signal, seconds: 3.2, output: "")
        #expect(drill.words == words)
        #expect(!drill.hasPassed)
    }

    @Test("blames the drill alone only where nothing else is different")
    func onlyDrill() throws {
        var report = Self.complete
        report.objects = nil
        report.schemaObjects = .init(expected: 3, found: 3, equal: 3)
        #expect(!report.isOnlyDrill, "without a difference")
        report.differences = [.init(try #require(report.drill).words)]
        #expect(report.isOnlyDrill)
        #expect(report.summary == "NOT GOOD: its drill failed; rows, schema and bytes are as they were written")

        var others: [VerificationReport] = Array(repeating: report, count: 5)
        others[0].differences.append(.init("the schema differs"))
        others[1].differences.append(.init(object: "shop/dump.sql.zst", "the drill bit it"))
        others[2].schemaObjects = .init(expected: 3, found: 3, equal: 2)
        others[3].objects = Self.complete.objects
        others[4].drill = nil
        for (number, other) in others.enumerated() {
            #expect(!other.isOnlyDrill, "\(number)")
            #expect(other.summary.hasSuffix("found; this backup cannot be trusted"), "\(number)")
        }
        report.drill?.exitCode = 0
        #expect(!report.isOnlyDrill, "with a drill that passed")
    }

    @Test("survives numbers that cannot be", arguments: [Double.infinity, .nan, -1, 1e300])
    func nonsense(seconds: Double) {
        var report = Self.complete
        report.outcome = .proved
        report.totalSeconds = seconds
        report.tables = (0..<2).map { number in
            VerificationReport.TableResult(
                name: SQLText("t\(number)"), rowsExpected: .max, rowsFound: .max, digestExpected: TableDigest(),
                digestFound: TableDigest())
        }
        #expect(report.summary.contains("restored in unknown"))
    }
}
