import Appliance
import Model

/// The first page: whether all databases are safe, then each of them.
struct OverviewPage {
    let frame: PageFrame
    let headline: String
    let advice: String
    /// Of the headline: the picture beside it and the colour behind it.
    let verdict: BadgeView
    /// `1 run is under way, 2 wait for their turn.`
    let work: String?
    /// Channels that rest, and messages that did not arrive.
    let undelivered: [String]
    let databases: [DatabaseRow]
    let hasDatabases: Bool
    let legend: [LegendEntry]

    /// - Parameter undelivered: a sentence each, see `NotificationsOverview.Channel.troubles`.
    init(_ overview: Overview, undelivered: [String] = [], viewer: Viewer) {
        let tone = Self.tone(overview)
        frame = PageFrame(
            title: overview.headline, tone: tone, viewer: viewer, now: overview.now, isHome: true, watch: "*",
            reload: overview.isBusy ? "/" : nil)
        headline = overview.headline
        advice = overview.advice
        verdict =
            switch tone {
            case .good: BadgeView("Protected", symbol: "i-good", tone: .good)
            case .warn: BadgeView("Attention", symbol: "i-unproved", tone: .warn)
            case .bad: BadgeView("Trouble", symbol: "i-alarm", tone: .bad)
            case .calm: BadgeView("Empty", symbol: "i-empty", tone: .calm)
            }
        work = Self.work(overview)
        self.undelivered = undelivered
        databases = overview.databases.map { DatabaseRow($0, now: overview.now, viewer: viewer) }
        hasDatabases = !overview.databases.isEmpty
        legend = LegendEntry.all
    }

    /// Amber where the worst is that something is unproved, grey where there is nothing to protect yet.
    private static func tone(_ overview: Overview) -> Tone {
        if overview.databases.isEmpty { return .calm }
        if overview.isProtected { return .good }
        let isUnprovedOnly = overview.databases.allSatisfy { database in
            [.protected, .unproved, .removed].contains(database.status.state)
        }
        return isUnprovedOnly ? .warn : .bad
    }

    private static func work(_ overview: Overview) -> String? {
        let verb = overview.running == 1 ? "is" : "are"
        let running = "\(CountText.format(Int64(overview.running), "run")) \(verb) under way"
        let queued = "\(overview.queued) \(overview.queued == 1 ? "waits" : "wait") for a turn"
        switch (overview.running, overview.queued) {
        case (0, 0): return nil
        case (_, 0): return running + "."
        case (0, _): return queued + "."
        default: return "\(running), \(queued)."
        }
    }

    /// `overview`
    static let template = """
        {{>head}}
        {{#verdict}}
        <section class="hero {{tone}}" aria-labelledby="headline">
        <div class="wrap">
        <svg class="verdict" aria-hidden="true" focusable="false"><use href="#{{symbol}}"/></svg>
        {{/verdict}}
        <div>
        <h1 id="headline">{{headline}}</h1>
        <p class="advice">{{advice}}</p>
        {{#work}}<p class="work">{{.}}</p>{{/work}}
        {{#undelivered}}<p class="work"><a href="/notifications">{{.}}</a></p>{{/undelivered}}
        </div>
        </div>
        </section>
        <section class="wrap databases" aria-label="Databases">
        {{#databases}}
        {{>database-row}}
        {{/databases}}
        {{^databases}}
        <p class="nothing">No database is configured yet. Add one under <code>databases:</code> in nightjar.yaml; \
        <code>nightjar check</code> says whether it is right.</p>
        {{/databases}}
        {{#hasDatabases}}
        {{>legend}}
        {{/hasDatabases}}
        </section>
        {{>foot}}
        """
}

extension Overview {
    /// Whether anything moves.
    var isBusy: Bool {
        running > 0 || queued > 0 || databases.contains { $0.isBusy }
    }
}

extension Overview.Database {
    /// Whether anything moves.
    var isBusy: Bool {
        status.running != nil || verifying != nil || exporting != nil
    }
}

/// A kind of day and what it looks like in the strips.
struct LegendEntry {
    let sample: String
    let meaning: String

    static var all: [LegendEntry] {
        Overview.Day.allCases.map { LegendEntry(sample: DayStrip.sample($0), meaning: DayStrip.words($0)) }
    }

    /// `legend`
    static let template = """
        <ul class="legend" aria-label="What the days look like">\
        {{#legend}}<li>{{{sample}}}{{meaning}}</li>{{/legend}}</ul>
        """
}
