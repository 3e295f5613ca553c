import Catalog
import Model
import NIOCore
import Testing

@testable import Appliance
@testable import Web

private func html(_ overview: Overview, _ viewer: Viewer = PageFigures.admin) -> String {
    Templates.html(OverviewPage(overview, viewer: viewer))
}

@Suite("The first page") struct PagesOverviewTests {
    @Test("says first whether all is well, and then each database")
    func good() {
        let page = html(
            PageFigures.overview([PageFigures.database("blog"), PageFigures.database("shop")]))
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("<h1 id=\"headline\">All 2 databases are protected.</h1>"))
        #expect(page.contains("<section class=\"hero good\""))
        #expect(page.contains("<title>All 2 databases are protected. · Nightjar</title>"))
        #expect(page.contains("<a href=\"/databases/blog\">blog</a>"))
        #expect(page.contains(">9 hours ago</time>"))
        #expect(page.contains("2026-03-16 23:12 Europe/Berlin"))
        #expect(page.contains("Store r2"))
        #expect(!page.contains("class=\"troubles\""))
        #expect(!page.contains("<noscript>"))
    }

    @Test(
        "gives each state a picture and words",
        arguments: [
            (StatusReport.State.protected, "Protected", "i-good", "good"),
            (.unproved, "Unproved", "i-unproved", "warn"),
            (.none, "No backup yet", "i-empty", "bad"),
            (.failing, "Failing", "i-failed", "bad"),
            (.overdue, "Overdue", "i-overdue", "bad"),
            (.frozen, "Frozen", "i-alarm", "bad"),
            (.removed, "No longer configured", "i-removed", "calm"),
        ])
    func state(state: StatusReport.State, words: String, symbol: String, tone: String) {
        let page = html(PageFigures.overview([PageFigures.database("shop", state, alarms: ["3 backups kept"])]))
        #expect(PageMarkup(page).sins == [])
        let badge =
            "<span class=\"badge \(tone)\"><svg class=\"icon\" aria-hidden=\"true\" focusable=\"false\">"
            + "<use href=\"#\(symbol)\"/></svg>\(words)</span>"
        #expect(page.contains(badge))
    }

    @Test("says of a protected database that its newest backup is not known to be of one moment, and of no other")
    func moments() {
        let page = html(
            PageFigures.overview([
                PageFigures.database("blog"), PageFigures.database("shop", shortfall: "changed while read: <orders>"),
            ]))
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("All 2 databases are protected."))
        #expect(page.ranges(of: "</svg>Not proved consistent</span>").count == 1)
        #expect(page.contains("are not known to be from one moment: changed while read: &lt;orders&gt;.</p>"))
    }

    @Test("No two states look the same without their colours")
    func pictures() {
        let badges = StatusReport.State.allCases.map { BadgeView($0) }
        #expect(Set(badges.map(\.symbol)).count == badges.count)
        #expect(Set(badges.map(\.words)).count == badges.count)
        #expect(badges.allSatisfy { Symbols.markup.contains("id=\"\($0.symbol)\"") })
    }

    @Test(
        "is amber where the worst is something unproved, and red where more is wrong",
        arguments: [
            ([StatusReport.State.protected, .unproved], "warn"), ([.protected, .removed], "good"),
            ([.unproved, .failing], "bad"), ([.frozen], "bad"), ([.none], "bad"),
        ])
    func tone(states: [StatusReport.State], tone: String) {
        let databases = states.enumerated().map { PageFigures.database("d\($0.offset)", $0.element) }
        let page = html(PageFigures.overview(databases))
        #expect(page.contains("<section class=\"hero \(tone)\""))
        let dot = tone == "good" ? "%232f9e5b" : "%23d93644"
        #expect(PageMarkup(page).all("link").first?.attributes["href"]?.contains(dot) == true)
    }

    @Test("says what to do where there is no database yet")
    func empty() {
        let page = html(PageFigures.overview([]))
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("No database is configured yet."))
        #expect(page.contains("<code>databases:</code>"))
        #expect(!page.contains("class=\"legend\""))
        #expect(page.contains("<section class=\"hero calm\""))
    }

    @Test("names the only database there is")
    func single() {
        let page = html(PageFigures.overview([PageFigures.database("shop")]))
        #expect(page.contains("The database shop is protected."))
        #expect(PageMarkup(page).all("article").count == 1)
    }

    @Test("says of a removed database that its backups are kept, and offers no backup")
    func removed() {
        let database = PageFigures.database("wiki", .removed, alarms: ["no longer configured, 14 backups kept"])
        let page = html(PageFigures.overview([PageFigures.database("shop"), database]))
        #expect(page.contains("no longer configured, 14 backups kept"))
        #expect(!page.contains("/databases/wiki/backup"))
        #expect(!page.contains("class=\"troubles\""))
    }

    @Test("shows alarms and the last failure with what to do about them")
    func troubles() {
        let failure = StatusReport.Failure(
            at: PageFigures.ago(60), message: "the bucket answered 403",
            hint: "Make a new token.\nThen: nightjar doctor")
        let page = html(
            PageFigures.overview([
                PageFigures.database("shop", .failing, alarms: ["no backup since Friday"], failure: failure)
            ]))
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("<li><p>no backup since Friday</p></li>"))
        #expect(page.contains("The last run failed: the bucket answered 403"))
        #expect(page.contains("<p class=\"remedy\">Make a new token.</p><p class=\"remedy\">Then: nightjar doctor</p>"))
    }

    @Test("calls a backup that nobody verified unproved, and never unverified")
    func unproved() {
        var marks = [Overview.Day](repeating: .verified, count: 90)
        marks[89] = .unverified
        let page = html(PageFigures.overview([PageFigures.database("shop", .unproved, days: marks)]))
        let body = page.split(separator: "<body", maxSplits: 1).last ?? ""
        let shown = body.split(separator: "<script", maxSplits: 1).first ?? ""
        #expect(shown.contains("<title>2026-03-16: unproved</title>"))
        #expect(shown.contains("is unproved"))
        #expect(!shown.replacing("day-unverified", with: "").lowercased().contains("unverified"))
    }

    @Test("shows what runs, how far and how fast it is, without a script too")
    func running() {
        let page = html(
            PageFigures.overview([PageFigures.database(running: PageFigures.running())], running: 1, queued: 2))
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("data-live=\"run:17\""))
        #expect(page.contains("<progress max=\"1\" value=\"0.425\" aria-label=\"Backup\"></progress>"))
        #expect(page.contains("<strong data-part=\"percent\">42%</strong>"))
        #expect(page.contains("1,204,331 rows, 100 MiB, 1.0 MiB/s, 3 min 20 s left"))
        #expect(page.contains("<span data-part=\"phase\">exporting and uploading</span>"))
        #expect(page.contains("1 run is under way, 2 wait for a turn."))
        #expect(page.contains("<noscript><p><a href=\"/\">Reload this page</a>"))
        #expect(page.contains("action=\"/runs/17/cancel\""))
        #expect(!page.contains("action=\"/databases/shop/backup\""))
    }

    @Test("says of a run whose turn has not come that it waits")
    func waiting() {
        let run = PageFigures.running(.waiting, isRunning: false)
        let page = html(PageFigures.overview([PageFigures.database(running: run)], queued: 1))
        #expect(page.contains("<span data-part=\"phase\">waiting for its turn</span>"))
        #expect(page.contains("1 waits for a turn."))
    }

    @Test("shows a verification that somebody asked for")
    func verifying() {
        let task = VerificationTask(
            task: 1, backup: "dump_20260316-031241", database: "shop", level: .restore, state: .running,
            startedAt: PageFigures.ago(180))
        let page = html(PageFigures.overview([PageFigures.database(verifying: task)]))
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("data-live=\"verification:dump_20260316-031241\""))
        #expect(page.contains("<progress max=\"1\" aria-label"))
        #expect(page.contains("begun 3 minutes ago"))
    }

    @Test("has buttons for those who may press them, and for nobody else")
    func buttons() {
        let overview = PageFigures.overview([PageFigures.database()])
        let page = html(overview)
        #expect(page.contains("<form method=\"post\" action=\"/databases/shop/backup\">"))
        #expect(page.contains("<input type=\"hidden\" name=\"csrf\" value=\"1.proof\">"))
        #expect(page.contains("Back up now<span class=\"unseen\"> shop</span>"))
        let read = html(overview, PageFigures.reader)
        #expect(PageMarkup(read).all("form").isEmpty)
        #expect(read.contains("wall (scope read)"))
    }

    @Test("holds 90 days of each database, each with its date and what it was")
    func days() {
        var marks = [Overview.Day](repeating: .verified, count: 90)
        for (index, mark) in Overview.Day.allCases.enumerated() { marks[index] = mark }
        let page = html(PageFigures.overview([PageFigures.database(days: marks)]))
        let paths = PageMarkup(page).all("path").compactMap { $0.attributes["class"] }.filter { $0.hasPrefix("day-") }
        // The legend shows each kind once more.
        #expect(paths.count == 90 + Overview.Day.allCases.count)
        #expect(page.contains("<title>2026-03-16: verified</title>"))
        for words in ["verified", "unproved", "failed", "missed", "none due"] {
            #expect(page.contains(": \(words)</title>"), "\(words)")
            #expect(page.contains("</svg>\(words)</li>"), "\(words)")
        }
        #expect(page.contains("aria-label=\"Last 90 days: 86 verified, 1 unproved, 1 failed, 1 missed, 1 none due."))
    }

    @Test(
        "cannot be harmed by what databases and errors are called",
        arguments: [PageFigures.hostile, PageFigures.combined])
    func hostile(text: String) {
        let failure = StatusReport.Failure(at: nil, message: text, hint: text)
        let page = html(
            PageFigures.overview([PageFigures.database(text, .failing, alarms: [text], failure: failure)]))
        let markup = PageMarkup(page)
        #expect(markup.sins == [])
        #expect(markup.all("script").count == 1)
        #expect(markup.all("img").isEmpty)
        #expect(markup.values(of: "onmouseover").isEmpty)
        #expect(!page.unicodeScalars.contains("\u{202E}"))
    }

    @Test("is made again for each answer from a page that was made once")
    func stencil() {
        let stand = Viewer(name: "admin", scope: .admin, nonce: "aaaa0000", csrf: "bbbb1111")
        let overview = PageFigures.overview([PageFigures.database("blog"), PageFigures.database("shop")])
        let stencil = Stencil(html(overview, stand), nonce: "aaaa0000", csrf: "bbbb1111")
        let page = stencil.filled(for: PageFigures.admin).map { String(buffer: $0) }.joined()
        #expect(page == html(overview))
    }
}
