import HTTPTypes
import Model
import Testing

@testable import Web

@Suite("The page of a backup of rows") struct PagesFormatsTests {
    private static let id = "\(PageFigures.id(5 * PageFigures.hour))"
    private static let path = "/api/v1/backups/\(id)/download"

    private func html(_ manifest: Manifest, base: String? = nil, _ viewer: Viewer = PageFigures.admin) -> String {
        Templates.html(
            BackupPage(
                PageFigures.backupDetail(manifest: manifest), baseURL: base, now: PageFigures.now, viewer: viewer))
    }

    /// Where its links lead to.
    private func links(_ page: String) -> [String] {
        PageMarkup(page).all("a").compactMap { $0.attributes["href"] }
    }

    @Test(
        "says its format",
        arguments: [
            (DumpFormat.sql, "SQL"), (.csv, "CSV, a file for each table"), (.json, "JSON, one document"),
            (.ndjson, "ndjson, a file for each table"),
        ])
    func format(format: DumpFormat, words: String) {
        let manifest = format == .sql ? PageFigures.manifest() : PageFigures.manifest(of: format)
        let page = html(manifest)
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("<dt>Format</dt><dd>\(words)</dd>"))
    }

    @Test(
        "offers all tables as an archive, and each by itself",
        arguments: [(DumpFormat.csv, "CSV"), (.ndjson, "ndjson")])
    func archive(format: DumpFormat, words: String) {
        let page = html(PageFigures.manifest(of: format), base: "https://backups.example.org")
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("<a href=\"\(Self.path)\" download>All tables as \(words), in a ZIP archive</a>"))
        #expect(page.contains("<span class=\"quiet\">2.0 KiB</span>"))
        #expect(
            page.contains(
                """
                <a href="\(Self.path)?table=order%20items" download>\(words)<span class="unseen"> of order items</span>\
                </a> <span class="quiet">1.0 KiB</span>
                """))
        #expect(
            links(page).filter { $0.hasPrefix(Self.path) }
                == [Self.path, "\(Self.path)?table=orders", "\(Self.path)?table=order%20items"])
        #expect(page.contains("<code>shop/\(Self.id).\(format.rawValue)/order%20items.\(format.rawValue).zst</code>"))
        #expect(page.contains("nightjar restore \(Self.id) --to shop-restored.db"))
        #expect(page.contains("curl -f -o \(Self.id).\(format.rawValue).zip"))
        #expect(page.contains("&#39;https://backups.example.org\(Self.path)&#39;"))
    }

    @Test("offers a document, its file in the store, and each table by itself")
    func document() {
        let page = html(PageFigures.manifest(of: .json), base: "https://backups.example.org")
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("<a href=\"\(Self.path)\" download>The dump as JSON</a>"))
        #expect(page.contains("<a href=\"\(Self.path)?raw=1\" download=\"\(Self.id).json.zst\">"))
        #expect(
            links(page).filter { $0.contains("?table=") }
                == ["\(Self.path)?table=orders", "\(Self.path)?table=order%20items"])
        #expect(page.contains("curl -f -o \(Self.id).json \\\n"))
        #expect(page.contains("one document in UTF-8"))
    }

    @Test("offers one table as that file, and none as an archive")
    func oneTable() {
        let one = html(PageFigures.manifest(of: .csv, tables: ["orders"]))
        #expect(PageMarkup(one).sins == [])
        #expect(one.contains("<a href=\"\(Self.path)\" download>The dump as CSV</a>"))
        #expect(one.contains("<a href=\"\(Self.path)?raw=1\" download=\"orders.csv.zst\">"))
        let none = html(PageFigures.manifest(of: .csv, tables: []))
        #expect(PageMarkup(none).sins == [])
        #expect(none.contains("<a href=\"\(Self.path)\" download>All tables as CSV, in a ZIP archive</a>"))
        #expect(!none.contains("raw=1"))
    }

    @Test("has no shell's command, and says what the files are", arguments: [DumpFormat.csv, .json, .ndjson])
    func files(format: DumpFormat) {
        let page = html(PageFigures.manifest(of: format))
        #expect(!page.contains("sqlite3 -bail"))
        #expect(!page.contains("The dump as SQL"))
        #expect(page.contains("<p>For other programs: "))
        #expect(page.contains("docs/formats.md"))
        #expect(page.contains("This format holds rows alone; the schema is in the manifest."))
        let sql = html(PageFigures.manifest())
        #expect(!sql.contains("For other programs") && !sql.contains("?table=") && !sql.contains(">Download</th>"))
    }

    @Test("says what the format does not carry")
    func notes() {
        let notes = ["search: a virtual table.", "Rowids are not carried: log."]
        let page = html(PageFigures.manifest(of: .csv, notes: notes))
        #expect(PageMarkup(page).sins == [])
        #expect(page.contains("<a href=\"#notes\">What it does not carry</a>"))
        let items = notes.map { "<li>\($0)</li>" }.joined()
        #expect(page.contains("<ul class=\"notes\" id=\"notes\" aria-label=\"Notes\">\(items)"))
        #expect(!html(PageFigures.manifest(of: .csv)).contains("#notes"))
        #expect(!html(PageFigures.manifest(notes: notes)).contains("#notes"))
    }

    @Test("offers nothing to those who may only look")
    func scopes() {
        for format in [DumpFormat.csv, .json, .ndjson] {
            let read = html(PageFigures.manifest(of: format), PageFigures.reader)
            #expect(PageMarkup(read).sins == [])
            #expect(!links(read).contains { $0.contains("/download") })
            #expect(!read.contains(">Download</th>"))
            #expect(read.contains("<code>order items</code>"))
            let exporter = Viewer(name: "ci", scope: .export, nonce: "0123abcd", csrf: nil)
            #expect(links(html(PageFigures.manifest(of: format), exporter)).contains("\(Self.path)?table=orders"))
        }
    }

    @Test("does not send a dump of rows to Cloudflare D1")
    func forD1() {
        #expect(html(PageFigures.manifest(kind: "d1")).contains("--for-d1"))
        #expect(!html(PageFigures.manifest(of: .csv, kind: "d1")).contains("--for-d1"))
    }

    @Test(
        "names tables in its links so that they arrive as they are",
        arguments: [
            ("a+b&c=d#e", "a%2Bb%26c%3Dd%23e"), ("Ünïcode/日本", "%C3%9Cn%C3%AFcode%2F%E6%97%A5%E6%9C%AC"),
            ("100%", "100%25"), ("", ""), ("../x", "..%2Fx"),
        ])
    func names(name: String, encoded: String) {
        let page = html(PageFigures.manifest(of: .csv, tables: [SQLText(name), "orders"]))
        #expect(PageMarkup(page).sins == [])
        #expect(links(page).contains("\(Self.path)?table=\(encoded)"))
        let request = makeRequest(.get, "\(Self.path)?table=\(encoded)")
        #expect(QueryValue.table(request) == name)
    }

    @Test("has no link for a table whose name no query holds")
    func brokenName() {
        let page = html(PageFigures.manifest(of: .csv, tables: [SQLText(bytes: [0x61, 0xFF]), "orders"]))
        #expect(PageMarkup(page).sins == [])
        #expect(links(page).filter { $0.contains("?table=") } == ["\(Self.path)?table=orders"])
        #expect(page.contains("<code>a\u{FFFD}</code>"))
    }

    @Test("cannot be harmed by what tables are called", arguments: [PageFigures.hostile, PageFigures.combined])
    func hostile(text: String) {
        for format in [DumpFormat.csv, .json, .ndjson] {
            let manifest = PageFigures.manifest(of: format, tables: [SQLText(text), "orders"], notes: [text])
            let markup = PageMarkup(html(manifest, base: "https://x.example"))
            #expect(markup.sins == [])
            #expect(markup.all("script").count == 1)
            #expect(markup.values(of: "onmouseover").isEmpty)
            #expect(markup.values(of: "href").contains("\(Self.path)?table=\(PathSegment.encode(text))"))
        }
    }
}
