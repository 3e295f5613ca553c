import Model

/// What stands around every page.
struct PageFrame {
    /// In the browser's tab, before the program's name.
    let title: String
    let tone: String
    let favicon: String
    let nonce: String
    let stylesheet: String
    let script: String
    let symbols: String
    /// Whether this is the first page, which needs no way back to itself.
    let isHome: Bool
    /// Whether this is the page of the notifications, likewise.
    let isNotifications: Bool
    /// `admin (scope admin)`; nil where nobody gave a token.
    let viewer: String?
    /// When the page was made.
    let asOf: MomentView
    /// The database that the script follows, `*` for all; nil for a page that does not change.
    let watch: String?
    /// Where the page itself is, while something on it moves.
    let reload: String?

    /// - Parameters:
    ///   - watch: the database that the page is about, `*` for all; nil for a page that does not change.
    ///   - reload: the page's own path, where something on it moves.
    init(
        title: String, tone: Tone = .calm, viewer: Viewer, now: Timestamp, isHome: Bool = false,
        isNotifications: Bool = false, watch: String? = nil, reload: String? = nil
    ) {
        self.title = title
        self.tone = tone.rawValue
        favicon = Favicon.uri(isGood: tone != .bad && tone != .warn)
        nonce = viewer.nonce
        stylesheet = Stylesheet.text
        script = PageScript.text
        symbols = Symbols.markup
        self.isHome = isHome
        self.isNotifications = isNotifications
        self.viewer = viewer.name.isEmpty ? nil : "\(viewer.name) (scope \(viewer.scope.rawValue))"
        asOf = MomentView(now, now: now)
        self.watch = watch
        self.reload = reload
    }

    /// Of a page about one thing, whose state the title and the tone repeat.
    init(
        of subject: String, in state: BadgeView, viewer: Viewer, now: Timestamp, watch: String? = nil,
        reload: String? = nil
    ) {
        self.init(
            title: "\(subject): \(state.words.lowercased())", tone: Tone(rawValue: state.tone) ?? .calm, viewer: viewer,
            now: now, watch: watch, reload: reload)
    }

    /// `head`: from the first byte to the beginning of the page's own content.
    static let headTemplate = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <title>{{frame.title}} · Nightjar</title>
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="robots" content="noindex">
        <link rel="icon" href="{{frame.favicon}}">
        <style nonce="{{frame.nonce}}">{{{frame.stylesheet}}}</style>
        </head>
        <body{{#frame.watch}} data-watch="{{.}}"{{/frame.watch}}>
        <a class="skip" href="#main">Skip to the content</a>
        {{{frame.symbols}}}
        <header class="top {{frame.tone}}">
        <div class="wrap">
        <a class="brand" href="/"{{#frame.isHome}} aria-current="page"{{/frame.isHome}}>\
        <svg class="icon" aria-hidden="true" focusable="false"><use href="#i-brand"/></svg>Nightjar</a>
        <nav aria-label="Pages"><a href="/notifications"{{#frame.isNotifications}} aria-current="page"\
        {{/frame.isNotifications}}>Notifications</a></nav>
        <p class="as-of">As of {{#frame.asOf}}<time datetime="{{iso}}" title="{{exact}}">{{brief}} UTC</time>{{/frame.asOf}}\
        {{#frame.viewer}}<span class="viewer"> · {{.}}</span>{{/frame.viewer}}</p>
        </div>
        </header>
        <p class="stale wrap" id="stale" role="status" hidden></p>
        <main id="main" tabindex="-1">
        """

    /// `foot`: from the end of the page's own content to the last byte.
    static let footTemplate = """
        </main>
        <footer class="bottom">
        <div class="wrap">
        <p>Nightjar. A backup counts only when its restore has been proved.</p>
        <nav aria-label="For programs"><a href="/metrics">Metrics</a> <a href="/openapi.yaml">API</a></nav>
        </div>
        </footer>
        <p class="unseen" id="news" role="status"></p>
        <script nonce="{{frame.nonce}}">{{{frame.script}}}</script>
        </body>
        </html>

        """
}
