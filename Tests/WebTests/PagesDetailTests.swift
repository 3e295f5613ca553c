import Catalog
import Model
import Testing

@testable import Appliance
@testable import Web

@Suite("The page of a run") struct PagesRunTests {
    private func html(
        _ run: RunRecord, phases: [RunPhaseRecord] = [], log: [RunLogRecord] = [], shortfall: String? = nil,
        _ viewer: Viewer = PageFigures.admin
    ) -> String {
        let detail = RunDetail(run: run, phases: phases, log: log, shortfall: shortfall)
        return Templates.html(RunPage(detail, now: PageFigures.now, viewer: viewer))
    }

    @Test("says what became of it, how long each phase took, and what it said")
    func failed() async throws {
        let failure = RunFailure(code: .unreachable, message: "the bucket answered 403", hint: "Make a new token.")
        let run = try await PageFigures.run(.failed, failure: failure)
        let page = html(
            run,
            phases: [
                RunPhaseRecord(phase: .snapshot, attempt: 1, at: PageFigures.ago(200)),
                RunPhaseRecord(phase: .export, attempt: 1, at: PageFigures.ago(160)),
            ],
            log: [
                RunLogRecord(at: PageFigures.ago(190), level: .info, text: "79,512 pages copied"),
                RunLogRecord(at: PageFigures.ago(60), level: .error, text: "403 AccessDenied", hint: "Ask for more."),
            ])
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("<h1>Run \(run.id) of shop</h1>"))
        #expect(page.contains("Ended just now, after 2 min 30 s: 2,051,331 rows."))
        #expect(page.contains("<li><p>the bucket answered 403</p><p class=\"remedy\">Make a new token.</p></li>"))
        #expect(page.contains("<th scope=\"row\">Snapshot</th>"))
        #expect(page.contains("<td class=\"number\">40 s</td>"))
        #expect(page.contains("<td class=\"number\">1 min 50 s</td>"))
        #expect(page.contains("2 missed times"))
        #expect(page.contains("79,512 pages copied"))
        #expect(page.contains("403 AccessDenied<span class=\"remedy\">Ask for more.</span>"))
        #expect(page.contains("</svg>Error</span>"))
        #expect(!page.contains("data-watch"))
    }

    @Test("says loudly where the rows of its backup are not known to be from one moment")
    func moments() async throws {
        let run = try await PageFigures.run(.completed)
        let page = html(run, shortfall: "each table consistent")
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("</svg>Not proved consistent</span>"))
        #expect(page.contains("<li><p>The rows of its backup are not known to be from one moment: each table "))
        #expect(!html(run).contains("Not proved consistent"))
    }

    @Test("shows how far a run is that goes on, and how to end it")
    func running() async throws {
        let run = try await PageFigures.run(nil)
        let phases = [RunPhaseRecord(phase: .export, attempt: 1, at: PageFigures.ago(50))]
        let page = html(run, phases: phases)
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("data-watch=\"shop\""))
        // Counted from the beginning of the export, not of the run.
        #expect(page.contains("1,204,331 rows, 100 MiB, 2.0 MiB/s, 3 min 20 s left"))
        #expect(page.contains("50 s so far"))
        #expect(page.contains("action=\"/runs/\(run.id)/cancel\""))
        #expect(PageMarkup(html(run, phases: phases, PageFigures.reader)).all("form").isEmpty)
    }

    @Test(
        "has a picture and words for each state",
        arguments: zip(
            [RunEnd.State.completed, .failed, .cancelled, .interrupted],
            ["Completed", "Failed", "Cancelled", "Interrupted"]))
    func state(end: RunEnd.State, words: String) async throws {
        let page = html(try await PageFigures.run(end))
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("</svg>\(words)</span>"))
    }

    @Test("of a run that waits says since when")
    func queued() async throws {
        let page = html(try await PageFigures.run(nil, trigger: .api, isQueued: true))
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("Asked for 3 minutes ago."))
        #expect(page.contains("<span data-part=\"phase\">waiting for its turn</span>"))
    }

    @Test("No two states, and no two kinds of lines, look the same without their colours")
    func pictures() {
        #expect(Set(RunState.allCases.map { BadgeView($0).symbol }).count == RunState.allCases.count)
        #expect(Set(RunLogLevel.allCases.map { BadgeView($0).symbol }).count == RunLogLevel.allCases.count)
        #expect(Set(BackupProof.allCases.map { BadgeView($0).symbol }).count == BackupProof.allCases.count)
        let exports = ExportState.allCases.map { BadgeView($0) }
        #expect(Set(exports.map(\.words)).count == exports.count)
        let all =
            exports + RunState.allCases.map { BadgeView($0) } + RunLogLevel.allCases.map { BadgeView($0) }
            + BackupProof.allCases.map { BadgeView($0) }
        #expect(all.allSatisfy { Symbols.markup.contains("id=\"\($0.symbol)\"") })
    }

    @Test("cannot be harmed by what it said", arguments: [PageFigures.hostile, PageFigures.combined])
    func hostile(text: String) async throws {
        let run = try await PageFigures.run(.failed, failure: RunFailure(code: .io, message: text, hint: text))
        let line = RunLogRecord(at: PageFigures.now, level: .warning, text: text, hint: text)
        let markup = PageMarkup(html(run, log: [line]))
        #expect(markup.sins == [])
        #expect(markup.all("script").count == 1)
        #expect(markup.values(of: "onmouseover").isEmpty)
    }
}

@Suite("The page of a backup") struct PagesBackupTests {
    private func html(_ detail: BackupDetail, base: String? = nil, _ viewer: Viewer = PageFigures.admin) -> String {
        Templates.html(BackupPage(detail, baseURL: base, now: PageFigures.now, viewer: viewer))
    }

    @Test("says what it holds, what was proved of it, and how to get it back")
    func whole() {
        let id = "\(PageFigures.id(5 * PageFigures.hour))"
        let page = html(
            PageFigures.backupDetail(verifications: [PageFigures.verification()]), base: "https://backups.example.org")
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("Restored and found equal 4 hours ago."))
        #expect(page.contains("<code>nightjar restore \(id) --to shop-restored.db</code>"))
        #expect(page.contains("zstd -d &lt; \(id).sql.zst | sqlite3 -bail shop-restored.db"))
        #expect(page.contains("curl -f -o \(id).sql.zst"))
        #expect(page.contains("&#39;https://backups.example.org/api/v1/backups/\(id)/download?raw=1&#39;"))
        #expect(page.contains("<a href=\"/api/v1/backups/\(id)/download\" download>"))
        #expect(page.contains("<a href=\"/api/v1/backups/\(id)/download?raw=1\" download=\"\(id).sql.zst\">"))
        #expect(page.contains("<code>shop/\(id).sql.zst</code>"))
        #expect(page.contains("<code>orders</code>"))
        #expect(page.contains("<code>00000000000000000000000000000000</code>"))
        #expect(page.contains("1 table, 2,051,331 rows"))
        #expect(page.contains("Left out: tmp_import (exclude: tmp_*)."))
        #expect(page.contains("kept: the newest verified backup; keep_last: number 1 of 2"))
        #expect(page.contains("<a href=\"/verifications/12\">Report 12</a>"))
        #expect(page.contains("action=\"/backups/\(id)/verify\""))
    }

    @Test(
        "says loudly that rows are not known to be from one moment, and what to do",
        arguments: [
            (
                Consistency(.changed, tables: ["orders", "items"], readings: 4),
                "changed while read: orders, items, by a mirror, read 4 times", "Back it up at a time when less"
            ),
            (
                Consistency(.eachTable, readings: 3), "each table consistent, by a mirror, read 3 times",
                "Back it up at a time when less"
            ),
            (
                Consistency(.unchecked, readings: 1), "read once, not checked, by a mirror, read 1 time",
                "With `rereads` of 1 or more"
            ),
        ])
    func moments(consistency: Consistency, words: String, remedy: String) throws {
        let manifest = PageFigures.manifest(kind: "starbasedb", consistency: consistency)
        let page = html(PageFigures.backupDetail(manifest: manifest))
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("<dd>\(words)</dd>"))
        #expect(page.contains("</svg>Not proved consistent</span>"))
        let warning = try #require(consistency.warning)
        #expect(page.contains("<li><p>\(warning)</p><p class=\"remedy\">\(remedy)"))
        #expect(page.contains("StarbaseDB, SQLite 3.40.1, UTF-8, "))
        #expect(!page.contains("journal wal"))
    }

    @Test("says it also where the store is away")
    func momentsOfCatalog() {
        let record = PageFigures.backup(5 * PageFigures.hour, shortfall: "each table consistent")
        let page = html(PageFigures.backupDetail(record, manifest: nil))
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("</svg>Not proved consistent</span>"))
    }

    @Test("says quietly that rows are from one moment", arguments: [Consistency(.consistent, readings: 2), nil])
    func oneMoment(consistency: Consistency?) {
        let page = html(PageFigures.backupDetail(manifest: PageFigures.manifest(consistency: consistency)))
        let words = consistency == nil ? "one consistent state, by a copy" : "consistent, by a mirror, read 2 times"
        #expect(page.contains("<dd>\(words)</dd>"))
        #expect(!page.contains("Not proved consistent"))
        #expect(!page.contains("What is wrong"))
    }

    @Test("has the commands that bring a backup of D1 back there")
    func forD1() {
        let manifest = PageFigures.manifest(kind: "d1", consistency: Consistency(.consistent, readings: 2))
        let detail = PageFigures.backupDetail(manifest: manifest)
        let page = html(detail)
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("nightjar download \(detail.record.id) --for-d1 --output shop-d1.sql"))
        #expect(!html(PageFigures.backupDetail()).contains("--for-d1"))
    }

    @Test(
        "has a command for each compression",
        arguments: [
            ("zstd", "zstd -d < FILE.sql.zst | sqlite3 -bail shop-restored.db"),
            ("gzip", "gzip -d < FILE.sql.gz | sqlite3 -bail shop-restored.db"),
            ("none", "sqlite3 -bail shop-restored.db < FILE.sql"),
        ])
    func compression(compression: String, command: String) {
        let detail = PageFigures.backupDetail(manifest: PageFigures.manifest(compression: compression))
        let view = RestoringView(detail, baseURL: nil, mayDownload: true)
        #expect(view.plain == command.replacing("FILE", with: "\(detail.record.id)"))
    }

    @Test("has the shell's other command for a dump with virtual tables")
    func virtualTables() {
        let search = Manifest.SchemaObject(
            type: "table", name: "search", table: "search", sql: "CREATE VIRTUAL TABLE search USING fts5(body)")
        let manifest = PageFigures.manifest(schema: [search], collations: ["german_phone"])
        let view = RestoringView(PageFigures.backupDetail(manifest: manifest), baseURL: nil, mayDownload: true)
        #expect(view.plain?.contains("sqlite3 -bail -cmd '.dbconfig defensive off' shop-restored.db") == true)
        #expect(view.plainNote?.contains("german_phone") == true)
    }

    @Test(
        "says of each state what it means",
        arguments: [
            (BackupProof.proved, "Proved", "Restored and found equal"),
            (.checked, "Checked, not proved", "it was not restored"),
            (.unproved, "Unproved", "Nobody has verified yet"),
            (.different, "Difference found", "do not rely on it"),
        ])
    func state(proof: BackupProof, words: String, meaning: String) {
        let page = html(PageFigures.backupDetail(PageFigures.backup(5 * PageFigures.hour, proof)))
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("</svg>\(words)</span>"))
        #expect(page.contains(meaning))
        #expect(!page.replacing("day-unverified", with: "").contains("unverified"))
    }

    @Test("says why what it holds cannot be shown, and still how to restore it")
    func missingManifest() {
        let failure = RunFailure(code: .unreachable, message: "the store r2 cannot be reached", hint: "Is it up?")
        let page = html(PageFigures.backupDetail(manifest: nil, failure: failure))
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("What it holds cannot be shown: the store r2 cannot be reached"))
        #expect(page.contains("<p class=\"remedy\">Is it up?</p>"))
        #expect(page.contains("nightjar restore"))
        #expect(!page.contains("/download"))
        #expect(!page.contains("id=\"tables-title\""))
    }

    @Test("offers downloads and buttons to those who may have them")
    func scopes() {
        let exporter = Viewer(name: "ci", scope: .export, nonce: "0123abcd", csrf: nil)
        let page = html(PageFigures.backupDetail(), exporter)
        #expect(page.contains("/download?raw=1"))
        #expect(PageMarkup(page).all("form").isEmpty)
        let read = html(PageFigures.backupDetail(), PageFigures.reader)
        #expect(!read.contains("/download"))
    }

    @Test("cannot be harmed by what tables are called", arguments: [PageFigures.hostile, PageFigures.combined])
    func hostile(text: String) {
        let manifest = PageFigures.manifest(
            table: SQLText(text), collations: [text], notes: [text],
            consistency: Consistency(.changed, tables: [SQLText(text)], readings: 2))
        let markup = PageMarkup(html(PageFigures.backupDetail(manifest: manifest), base: "https://x.example"))
        #expect(markup.sins == [])
        #expect(markup.all("script").count == 1)
        #expect(markup.values(of: "onmouseover").isEmpty)
    }
}

@Suite("The page of a verification") struct PagesVerificationTests {
    private func html(_ detail: VerificationDetail) -> String {
        Templates.html(VerificationPage(detail, now: PageFigures.now, viewer: PageFigures.admin))
    }

    private func detail(_ outcome: VerificationReport.Outcome, _ report: VerificationReport?) -> VerificationDetail {
        VerificationDetail(record: PageFigures.verification(outcome), report: report, failure: nil)
    }

    @Test("says what was compared, table by table")
    func proved() {
        let page = html(detail(.proved, PageFigures.report()))
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("Proved: 2 tables, 2,051,338 rows, restored in 14 s."))
        #expect(page.contains("2 of 2 tables equal, 2,051,338 rows found"))
        #expect(page.contains("</svg>Equal</span>"))
        #expect(page.contains("</svg>ok</span>"))
        #expect(page.contains("0 violations"))
        #expect(page.contains("nightjar 1.2.3, SQLite 3.40.1, on web-1"))
        #expect(page.contains("<a href=\"/verifications/12.json\">This report as JSON</a>"))
        #expect(!page.contains("Differences</h2>"))
        #expect(page.contains("@media print"))
    }

    @Test("says what was not from one moment although it was restored and found equal")
    func moments() {
        var report = PageFigures.report()
        report.consistency = Consistency(.changed, tables: ["orders"], readings: 4)
        let page = html(detail(.proved, report))
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("restored in 14 s; changed while read: orders."))
        #expect(page.contains("</svg>Not proved consistent</span>"))
        #expect(page.contains("<dd>changed while read: orders, read 4 times</dd>"))
        #expect(page.contains("<p class=\"remedy\">Back it up at a time when less"))
        report.consistency = Consistency(.consistent, readings: 2)
        let quiet = html(detail(.proved, report))
        #expect(quiet.contains("<dd>consistent, read 2 times</dd>"))
        #expect(!quiet.contains("Not proved consistent"))
    }

    @Test("says what is different, in a table and in words")
    func different() {
        let page = html(detail(.different, PageFigures.report(.different)))
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("NOT GOOD: 1 difference found; this backup cannot be trusted."))
        #expect(page.contains("<code>table orders</code>: 2,051,331 rows expected, 2,051,330 found"))
        #expect(page.contains("</svg>Different</span>"))
        #expect(page.contains("1 of 2 tables equal"))
        #expect(page.contains("<td class=\"number\">2,051,331</td><td class=\"number\">2,051,330</td>"))
    }

    @Test("at the level checksum says that nothing was restored")
    func checked() {
        let page = html(detail(.checked, PageFigures.report(.checked)))
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("Checked, not proved: 84.0 MiB in the store are as they were written"))
        #expect(!page.contains("integrity_check"))
    }

    @Test("counts nothing of what only those know who can open the report")
    func outline() {
        let page = html(detail(.proved, PageFigures.report().outline(sealed: [1, 2, 3])))
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("Proved, restored in 14 s; what it found is in the encrypted part of the report."))
        #expect(!page.contains("0 tables"))
        #expect(!page.contains("integrity_check"))
        let checked = html(detail(.checked, PageFigures.report(.checked).outline(sealed: [1, 2, 3])))
        #expect(checked.contains("what else it found is in the encrypted part of the report."))
        #expect(checked.contains("84.0 MiB in the store are as they were written"))
    }

    @Test("says what is known where the report cannot be read")
    func missing() {
        let failure = RunFailure(code: .unreachable, message: "the store r2 cannot be reached", hint: "Is it up?")
        let page = html(
            VerificationDetail(record: PageFigures.verification(.different), report: nil, failure: failure))
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("The whole report cannot be shown: the store r2 cannot be reached"))
        #expect(page.contains("NOT GOOD: 1 difference found; this backup cannot be trusted."))
        #expect(!page.contains("/verifications/12.json"))
    }

    @Test("survives a report with numbers that cannot be", arguments: [Double.infinity, .nan, -1, 1e300])
    func nonsense(seconds: Double) {
        var report = PageFigures.report()
        report.totalSeconds = seconds
        report.importSeconds = seconds
        report.foreignKeyViolations = .min
        report.bytesChecked = .min
        report.tables[0].rowsFound = .max
        report.tables[1].rowsFound = .max
        let page = html(detail(.proved, report))
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("restored in unknown."))
    }

    @Test("says which part of which object differs, what to do, and how the drill ended")
    func details() {
        var report = PageFigures.report(.different)
        report.objects = [
            .init(
                key: "shop/dump.sql.zst", sizeExpected: 88_080_384, sizeFound: 88_080_384, parts: 11, partsChecked: 11,
                partsDifferent: [.init(number: 3, offset: 0, size: 5, sha256Expected: "aa11", sha256Found: "bb22")])
        ]
        report.schemaObjects = .init(expected: 5, found: 4, equal: 4)
        report.drill = .init(
            program: "/opt/check", exitCode: 2, signal: nil, seconds: 3, output: "7 < 8 orders")
        report.advice = .init(
            goodUntil: PageFigures.ago(48 * PageFigures.hour), differentSince: PageFigures.ago(PageFigures.hour),
            goodBackup: .init(
                id: "dump_20260310-023000", store: "disk", createdAt: PageFigures.ago(50 * PageFigures.hour),
                provedAt: PageFigures.ago(49 * PageFigures.hour)))
        report.note(dumpBytes: 11 << 20, importSeconds: 11)
        let page = html(detail(.different, report))
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("shop/dump.sql.zst"))
        #expect(page.contains("part 3: SHA-256 bb22 instead of aa11"))
        #expect(page.contains("5 objects expected, 4 found, 4 equal"))
        #expect(page.contains("the drill /opt/check ended with exit code 2 after 3.0 s"))
        #expect(page.contains("7 &lt; 8 orders"))
        #expect(page.contains("nightjar restore shop/dump_20260310-023000 --to shop-restored.db"))
        #expect(page.contains("1.0 MiB of dump a second"))
    }

    @Test("does not call a backup damaged of which only the drill has failed")
    func drillAlone() {
        var report = PageFigures.report()
        report.outcome = .different
        let drill = VerificationReport.DrillResult(
            program: "/opt/check", exitCode: 2, signal: nil, seconds: 3, output: "")
        report.drill = drill
        report.differences = [.init(drill.words)]
        let page = html(detail(.different, report))
        #expect(page.contains("NOT GOOD: its drill failed; rows, schema and bytes are as they were written."))
        #expect(!page.contains("cannot be trusted"))
    }

    @Test("says that violations of foreign keys are the source's own where the digests are equal")
    func foreignKeys() {
        var report = PageFigures.report()
        report.foreignKeyViolations = 3
        #expect(html(detail(.proved, report)).contains("3 violations; the digests are equal, so they are the source"))
        var different = PageFigures.report(.different)
        different.foreignKeyViolations = 3
        #expect(!html(detail(.different, different)).contains("the digests are equal"))
    }

    @Test("cannot be harmed by what a report says", arguments: [PageFigures.hostile, PageFigures.combined])
    func hostile(text: String) {
        var report = PageFigures.report(.different, table: SQLText(text))
        report.host = text
        report.notes = [text]
        report.integrityCheck = [text]
        report.objects = [
            .init(key: text, sizeExpected: .min, sizeFound: .max, parts: .max, partsChecked: .min, partsDifferent: [])
        ]
        report.drill = .init(
            program: text, exitCode: nil, signal: .max, seconds: .nan, output: text)
        report.advice = .init(
            goodUntil: nil, differentSince: PageFigures.now,
            goodBackup: .init(id: text, store: text, createdAt: PageFigures.now, provedAt: PageFigures.now))
        report.sourceSQLiteVersion = text
        report.consistency = Consistency(.changed, tables: [SQLText(text)], readings: .max)
        let markup = PageMarkup(html(detail(.different, report)))
        #expect(markup.sins == [])
        #expect(markup.all("script").count == 1)
        #expect(markup.values(of: "onmouseover").isEmpty)
    }
}

@Suite("The page of an error") struct PagesErrorTests {
    private func html(_ code: Int, _ message: String, hint: String? = nil) -> String {
        Templates.html(
            ErrorPage(code: code, message: message, hint: hint, now: PageFigures.now, viewer: PageFigures.admin))
    }

    @Test(
        "says what to do, whatever went wrong",
        arguments: [400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 502, 503])
    func codes(code: Int) {
        let page = html(code, "there is no database shop")
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("<p class=\"advice\">There is no database shop.</p>"))
        #expect(page.contains("<p class=\"remedy\">"))
        #expect(page.contains("(error \(code))"))
    }

    @Test("has the error's own advice, and the way to what it speaks of")
    func busy() {
        let page = Templates.html(
            ErrorPage(
                code: 409, message: "a backup of shop is under way", hint: "Wait for its end.",
                subject: (name: "run 17", path: "/runs/17"), now: PageFigures.now, viewer: PageFigures.admin))
        #expect(page.contains("<p class=\"remedy\">Wait for its end.</p>"))
        #expect(page.contains("<a href=\"/runs/17\">Look at run 17</a>"))
    }

    @Test("names nobody where nobody gave a token")
    func stranger() {
        let viewer = Viewer(name: "", scope: .read, nonce: "0123abcd", csrf: nil)
        let page = Templates.html(
            ErrorPage(code: 401, message: "a token is needed", hint: nil, now: PageFigures.now, viewer: viewer))
        #expect(PageMarkup(page).sins == [])
        #expect(!page.contains("class=\"viewer\""))
    }

    @Test("leaves a name at the beginning of a message as it is")
    func names() {
        #expect(html(404, "shop is no database").contains("<p class=\"advice\">shop is no database.</p>"))
    }

    @Test("cannot be harmed by its message", arguments: [PageFigures.hostile, PageFigures.combined])
    func hostile(text: String) {
        let markup = PageMarkup(html(422, text, hint: text))
        #expect(markup.sins == [])
        #expect(markup.all("script").count == 1)
        #expect(markup.values(of: "onmouseover").isEmpty)
    }
}
