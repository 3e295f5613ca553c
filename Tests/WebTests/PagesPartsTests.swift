import Catalog
import Model
import Testing

@testable import Appliance
@testable import Web

@Suite("The parts of pages") struct PagesPartsTests {
    @Test("All templates can be read")
    func templates() throws {
        try Templates.check()
    }

    @Test(
        "Text is escaped scalar by scalar",
        arguments: [
            ("a < b & c > d", "a &lt; b &amp; c &gt; d"), ("\"'", "&quot;&#39;"), ("\"\u{301}", "&quot;\u{301}"),
            ("<\u{338}", "&lt;\u{338}"), ("a\u{0}b\u{1B}[31m", "a\u{FFFD}b\u{FFFD}[31m"), ("\u{202E}", "\u{FFFD}"),
            ("\u{7}\u{9B}\u{7F}\u{2066}", "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
            ("two\nlines\t", "two\nlines\t"), ("Ünïcödé 日本語", "Ünïcödé 日本語"), ("", ""),
        ])
    func escaping(text: String, expected: String) {
        #expect(HTMLText.escape(text).unicodeScalars.elementsEqual(expected.unicodeScalars))
    }

    @Test(
        "Ages are told in words",
        arguments: [
            (0, "just now"), (59, "just now"), (60, "1 minute ago"), (3599, "59 minutes ago"), (3600, "1 hour ago"),
            (9 * 3600 + 1800, "9 hours ago"), (172_799, "47 hours ago"), (172_800, "2 days ago"),
            (60 * 86_400, "2 months ago"), (800 * 86_400, "2 years ago"), (-1, "in less than a minute"),
            (-60, "in 1 minute"), (-14 * 3600, "in 14 hours"), (-3 * 86_400, "in 3 days"),
        ] as [(Int64, String)])
    func ages(seconds: Int64, expected: String) {
        #expect(AgeText.format(PageFigures.ago(seconds), now: PageFigures.now) == expected)
    }

    @Test("A moment is given to machines, to the second, and briefly")
    func moments() {
        let moment = MomentView(PageFigures.ago(60), now: PageFigures.now)
        #expect(moment.iso == "2026-03-16T08:11:41Z")
        #expect(moment.exact == "2026-03-16 08:11:41 UTC")
        #expect(moment.brief == "2026-03-16 08:11")
    }

    @Test("Parts of paths hold no character that means something there")
    func paths() {
        #expect(PathSegment.encode("shop-1_a.b~") == "shop-1_a.b~")
        #expect(PathSegment.encode("a/b?c#d%\"é") == "a%2Fb%3Fc%23d%25%22%C3%A9")
    }

    @Test(
        "Only digits are numbers in a path",
        arguments: [
            ("12", 12), ("0", 0), ("", nil), ("-1", nil), ("+1", nil), ("1x", nil), ("99999999999999999999", nil),
        ] as [(String, Int64?)])
    func numbers(text: String, expected: Int64?) {
        #expect(PagePath.number(text) == expected)
    }

    @Test(
        "A trend stays within its picture",
        arguments: [[1, 2], [0, 5, 0], [7, 7, 7], [1, 1_000_000_000_000], Array(1...30), Array(1...200)] as [[Int64]])
    func trends(values: [Int64]) {
        let numbers = values.map { Double($0) }
        for picture in [Sparkline.line(numbers, label: "a < b"), Sparkline.bars(numbers, label: "a < b")] {
            #expect(picture.contains("<title>a &lt; b</title>"))
            let path = picture.split(separator: " d=\"").last?.prefix { $0 != "\"" } ?? ""
            #expect(!path.isEmpty)
            let found = path.split { !($0.isNumber || $0 == "." || $0 == "-") }.compactMap { Double(String($0)) }
            #expect(found.count >= 2 * values.count)
            #expect(found.allSatisfy { (-28...120).contains($0) }, "\(path)")
        }
    }

    @Test("A trend of less than two runs, or of nothing, has no picture", arguments: [[], [5], [0, 0]] as [[Double]])
    func noTrend(values: [Double]) {
        #expect(Sparkline.line(values, label: "") == "")
        #expect(Sparkline.bars(values, label: "") == "")
    }

    @Test("A small change of size does not look like a large one")
    func scale() {
        let picture = Sparkline.line([1000, 1010], label: "")
        // 28 units are high; a percent is about one of them.
        #expect(picture.contains("M3 14.5L117 13.5"))
    }

    @Test("A trend is told in words")
    func story() throws {
        let size = try #require(TrendView.size(PageFigures.trend([1024, 4096, 2048])))
        #expect(size.figure == "2.0 KiB")
        #expect(size.story == "Size of the dump in the last 3 runs: between 1.0 KiB and 4.0 KiB, newest 2.0 KiB.")
        #expect(TrendView.size([]) == nil)
        #expect(TrendView.duration(PageFigures.trend([7]))?.story == "Duration in the only run: 10 s.")
    }

    @Test("A strip has a bar a day, each kind with a shape of its own, and says in words what it shows")
    func strip() {
        let strip = DayStrip(PageFigures.days(Overview.Day.allCases))
        let markup = PageMarkup(strip.markup)
        #expect(markup.complaints == [])
        let shapes = markup.all("path").compactMap { $0.attributes["d"]?.split(separator: " ", maxSplits: 1).last }
        #expect(Set(shapes).count == Overview.Day.allCases.count)
        #expect(markup.all("title").count == Overview.Day.allCases.count)
        #expect(
            strip.summary
                == "Last 5 days: 1 verified, 1 unproved, 1 failed, 1 missed, 1 none due. Newest day, 2026-03-16: none due."
        )
        #expect(DayStrip([]).summary == "No days yet.")
        #expect(PageMarkup(DayStrip([]).markup).complaints == [])
    }

    @Test("The script has the same words for each phase as the page")
    func phases() {
        for phase in RunPhase.allCases {
            #expect(PageScript.text.contains("\(phase.rawValue): \"\(ActivityView.words(phase))\""))
        }
    }

    @Test("Script, style and pictures ask nobody else for anything, and cannot end early")
    func assets() {
        for text in [PageScript.text, Stylesheet.text, Symbols.markup] {
            #expect(!text.contains("http"))
            #expect(!text.contains("url("))
            #expect(!text.contains("@import"))
            #expect(!text.contains("</script"))
            #expect(!text.contains("</style"))
            #expect(!text.contains("eval("))
            #expect(!text.contains("innerHTML"))
        }
        #expect(PageMarkup(Symbols.markup).complaints == [])
    }

    @Test("A class that a page uses is one that the stylesheet knows")
    func classes() {
        let page = Templates.html(
            OverviewPage(
                PageFigures.overview([
                    PageFigures.database("a", .failing, alarms: ["x"], running: PageFigures.running()),
                    PageFigures.database("b"),
                ]), viewer: PageFigures.admin))
        let names = Set(PageMarkup(page).values(of: "class").flatMap { $0.split(separator: " ").map { String($0) } })
        for name in names.sorted() {
            #expect(Stylesheet.text.contains(".\(name)"), "\(name)")
        }
    }
}
