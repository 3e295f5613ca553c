import Catalog
import Model
import Settings
import Testing

@testable import Appliance
@testable import Web

private func html(_ detail: DatabaseDetail, page: Int = 1, _ viewer: Viewer = PageFigures.admin) -> String {
    Templates.html(DatabasePage(detail, page: page, now: PageFigures.now, viewer: viewer))
}

@Suite("The page of a database") struct PagesDatabaseTests {
    private static let backups = [5, 29, 53, 77].map { PageFigures.backup($0 * PageFigures.hour) }

    @Test("says how it is, where it is and when it comes to its turn")
    func summary() {
        let page = html(PageFigures.detail())
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("<title>shop: protected · Nightjar</title>"))
        #expect(page.contains("<h1>shop</h1>"))
        #expect(
            page.contains(
                "Last verified 9 hours ago. Next backup in 14 hours, 2026-03-16 23:12 Europe/Berlin."))
        #expect(page.contains("<code>/srv/shop.db</code>"))
        #expect(page.contains("r2: r2.example/nightly"))
        #expect(page.contains("17 3 * * *, in Europe/Berlin"))
        #expect(page.contains("2,051,331"))
        #expect(page.contains("310 MiB of dump, 84.0 MiB in the store"))
    }

    @Test("says where a database is that is no file")
    func remoteSource() {
        let url = "https://app.example.workers.dev"
        let source = DatabaseSource.remote(RemoteSettings(place: .starbasedb(url: url), token: nil))
        let page = html(PageFigures.detail(PageFigures.database(source: source), source: source))
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("<dd>StarbaseDB at app.example.workers.dev</dd>"))
    }

    @Test("says loudly which backups are not known to be of one moment, and of no other")
    func moments() {
        let words = "changed while read: orders"
        let backups = [
            PageFigures.backup(5 * PageFigures.hour), PageFigures.backup(29 * PageFigures.hour, shortfall: words),
        ]
        let badge = "</svg>Not proved consistent</span>"
        let older = html(PageFigures.detail(backups: backups))
        #expect(PageMarkup(older).sins == [])
        #expect(older.ranges(of: badge).count == 1)
        // What a row lacks must not be taken from the page around it.
        let newest = html(PageFigures.detail(PageFigures.database(shortfall: words), backups: [backups[0]]))
        #expect(PageMarkup(newest).sins == [])
        #expect(newest.ranges(of: badge).count == 1)
        #expect(newest.contains("are not known to be from one moment: \(words).</p>"))
    }

    @Test("says what is kept and why, and what goes next")
    func retention() {
        let page = html(PageFigures.detail(backups: Self.backups))
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("<code class=\"policy\">keep_last: 2</code>"))
        #expect(page.contains("2 backups are kept."))
        #expect(page.contains("kept: the newest verified backup; keep_last: number 1 of 2"))
        #expect(page.contains("kept: keep_last: number 2 of 2"))
        #expect(page.contains("goes next: no rule keeps it"))
        let oldest = "\(PageFigures.id(77 * PageFigures.hour))"
        #expect(
            page.contains("<a href=\"/backups/\(oldest)\">\(oldest)</a> goes after the next backup: no rule keeps it"))
    }

    @Test("says what would go, were deletion not frozen")
    func frozen() {
        let freeze = Freeze(reason: "a difference was found", since: PageFigures.ago(60))
        let page = html(PageFigures.detail(backups: Self.backups, freeze: freeze))
        #expect(page.contains("4 backups are kept."))
        #expect(page.contains("would go: deletion is frozen since"))
    }

    @Test("says that a backup in another store is left alone")
    func otherStore() {
        let detail = PageFigures.detail()
        let stray = DatabaseDetail.Fate(backup: PageFigures.backup(100), decision: nil)
        let page = html(
            DatabaseDetail(
                overview: detail.overview, settings: detail.settings, backups: [stray], retention: detail.retention,
                proofs: nil, next: nil,
                runs: [], verifications: [], events: [], exports: []))
        #expect(page.contains("kept: retention does not look at it"))
        #expect(page.contains("<p>Retention does not look at 1 backup.</p>"))
    }

    @Test("shows 50 backups at a time, and leads to the others")
    func paging() {
        let backups = (1...120).map { PageFigures.backup(Int64($0) * PageFigures.hour) }
        let first = html(PageFigures.detail(backups: backups))
        #expect(first.contains("<span>1 to 50 of 120</span> <a href=\"/databases/shop?page=2#backups-title\""))
        #expect(!first.contains("rel=\"prev\""))
        let last = html(PageFigures.detail(backups: backups), page: 3)
        #expect(last.contains("<a href=\"/databases/shop?page=2#backups-title\" rel=\"prev\">Newer</a>"))
        #expect(last.contains("<span>101 to 120 of 120</span></nav>"))
        #expect(PageMarkup(last).all("tr").count == 21)
        for far in [Int.min, -1, 0, 4, Int.max] {
            #expect(PageMarkup(html(PageFigures.detail(backups: backups), page: far)).sins == [], "page \(far)")
        }
    }

    @Test("lists runs, verifications, exports and what happened")
    func lists() async throws {
        let failure = RunFailure(code: .unreachable, message: "the bucket answered 403", hint: "Make a new token.")
        let runs = [
            try await PageFigures.run(.completed), try await PageFigures.run(.failed, failure: failure),
            try await PageFigures.run(.completed, trigger: .export),
        ]
        let export = ExportStatus(
            id: "\(PageFigures.id(60))", database: "shop", run: 4, state: .completed, format: .sql,
            startedAt: PageFigures.ago(60), finishedAt: PageFigures.ago(30), expiresAt: PageFigures.ago(-82_800),
            totalRows: 5, rows: 5, size: 1024, estimatedEnd: nil, failure: nil)
        let detail = PageFigures.detail(
            runs: runs, verifications: [PageFigures.verification(), PageFigures.verification(.different, id: 13)],
            events: [EventRecord(at: PageFigures.ago(60), kind: .backupFailed, database: "shop", text: "it failed")],
            exports: [export])
        let page = html(detail)
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("<a href=\"/runs/\(runs[0].id)\">Run \(runs[0].id)</a>"))
        #expect(page.contains("the bucket answered 403"))
        #expect(page.contains("2 min 30 s"))
        #expect(page.contains("<a href=\"/verifications/13\">Report 13</a>"))
        #expect(page.contains("Difference found"))
        #expect(page.contains("href=\"/export/dump/download/\(export.id).sql\" download"))
        #expect(page.contains("in 23 hours"))
        #expect(page.contains("<span>it failed</span>"))
        // The run of an export has made no backup that has a page.
        #expect(PageMarkup(page).values(of: "href").count(where: { $0 == "/backups/\(PageFigures.id(200))" }) == 1)
        let read = html(detail, PageFigures.reader)
        #expect(!read.contains("/export/dump/download/"))
    }

    @Test("tells the days that went wrong in words too")
    func exceptions() {
        var marks = [Overview.Day](repeating: .verified, count: 90)
        marks[40] = .failed
        marks[41] = .failed
        marks[80] = .missed
        marks[88] = .unverified
        marks[0] = .none
        let page = html(PageFigures.detail(PageFigures.database(days: marks)))
        #expect(page.contains("<li>2026-03-15: unproved</li><li>2026-03-07: missed</li>"))
        #expect(page.contains("<li>2026-01-26 to 2026-01-27, 2 days: failed</li>"))
    }

    @Test("of a database that was removed shows its backups and no button to make one")
    func removed() {
        let database = PageFigures.database("wiki", .removed, alarms: ["no longer configured, 4 backups kept"])
        let page = html(PageFigures.detail(database, backups: Self.backups))
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("no longer configured, 4 backups kept"))
        #expect(!page.contains("/databases/wiki/backup"))
        #expect(!page.contains("Next backup"))
        #expect(page.contains("every backup is kept"))
        #expect(page.contains("Retention does not look at 4 backups."))
    }

    @Test("says what a level of verification means for its backups")
    func levels() {
        #expect(DatabasePage.words(.restore).contains("proved"))
        #expect(DatabasePage.words(.checksum).contains("checked, not proved"))
        #expect(DatabasePage.words(.none).contains("unproved"))
    }

    @Test("of an export that runs says so, once")
    func exporting() {
        let export = ExportStatus(
            id: "\(PageFigures.id(60))", database: "shop", run: 17, state: .running, format: .sql,
            startedAt: PageFigures.ago(60), finishedAt: nil, expiresAt: nil, totalRows: nil, rows: 5, size: 1024,
            estimatedEnd: nil, failure: nil)
        let page = html(
            PageFigures.detail(PageFigures.database(running: PageFigures.running(), exporting: export)))
        #expect(PageMarkup(page).values(of: "data-live") == ["run:17"])
        #expect(page.contains("<a href=\"/runs/17\">Export</a>"))
        #expect(page.contains("<a href=\"/databases/shop\">Reload this page</a>"))
    }

    @Test("cannot be harmed by names, errors and events", arguments: [PageFigures.hostile, PageFigures.combined])
    func hostile(text: String) async throws {
        let failure = RunFailure(code: .io, message: text, hint: text)
        let page = html(
            PageFigures.detail(
                PageFigures.database(text, .failing, alarms: [text]), backups: Self.backups,
                runs: [try await PageFigures.run(.failed, failure: failure)],
                events: [EventRecord(at: PageFigures.now, kind: .backupFailed, text: text)]))
        let markup = PageMarkup(page)
        #expect(markup.sins == [])
        #expect(markup.all("script").count == 1)
        #expect(markup.values(of: "onmouseover").isEmpty)
    }
}
