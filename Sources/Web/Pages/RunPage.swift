import Appliance
import Catalog
import Model

/// One attempt to make a backup.
struct RunPage {
    let frame: PageFrame
    let id: Int64
    let database: String
    let databasePath: String
    let state: BadgeView
    /// nil where all rows of its backup are known to be from one moment, or where there is none.
    let moments: BadgeView?
    let summary: String
    let isTroubled: Bool
    let troubles: [TroubleView]
    let activities: [ActivityView]
    let facts: [FactView]
    let hasPhases: Bool
    let phases: [PhaseRow]
    let hasLog: Bool
    let log: [LogRow]

    init(_ detail: RunDetail, now: Timestamp, viewer: Viewer) {
        let run = detail.run
        id = run.id
        database = run.database
        databasePath = PathText.database(run.database)
        state = BadgeView(run.state)
        moments = detail.shortfall.map { _ in BadgeView.inconsistent }
        let isActive = run.state.isActive
        frame = PageFrame(
            of: "Run \(run.id) of \(run.database)", in: state, viewer: viewer, now: now,
            watch: isActive ? run.database : nil, reload: isActive ? "/runs/\(run.id)" : nil)
        summary = Self.summary(run, now: now)
        var troubles = [TroubleView](run.failure)
        if let shortfall = detail.shortfall {
            troubles.append(TroubleView("The rows of its backup are not known to be from one moment: \(shortfall)."))
        }
        self.troubles = troubles
        isTroubled = !troubles.isEmpty
        let exporting = detail.phases.last { $0.phase == .export }?.at
        activities =
            isActive
            ? [
                ActivityView(
                    RunFigures(run), work: run.trigger == .export ? "Export" : "Backup", since: exporting,
                    isLinked: false, now: now, viewer: viewer)
            ] : []
        facts = Self.facts(run, now: now)
        phases = PhaseRow.all(detail, now: now)
        hasPhases = !phases.isEmpty
        log = detail.log.map { LogRow($0, now: now) }
        hasLog = !log.isEmpty
    }

    /// `Completed 9 hours ago, after 3 min 20 s: 2,051,331 rows.`
    private static func summary(_ run: RunRecord, now: Timestamp) -> String {
        guard let end = run.finishedAt else {
            let verb = run.state == .queued ? "Asked for" : "Begun"
            return "\(verb) \(AgeText.format(run.startedAt, now: now))."
        }
        let took = FigureText.duration(end.seconds - run.startedAt.seconds)
        let rows = run.rows > 0 ? ": \(CountText.format(run.rows, "row"))" : ""
        return "Ended \(AgeText.format(end, now: now)), after \(took)\(rows)."
    }

    private static func facts(_ run: RunRecord, now: Timestamp) -> [FactView] {
        var facts = [FactView("Asked for by", RunRow.words(run.trigger))]
        if let slot = run.slot { facts.append(FactView("Scheduled for", at: MomentView(slot, now: now))) }
        if run.missed > 0 {
            facts.append(FactView("Makes up for", CountText.format(Int64(run.missed), "missed time")))
        }
        facts.append(
            FactView(run.state == .queued ? "Asked for" : "Began", at: MomentView(run.startedAt, now: now)))
        if let end = run.finishedAt { facts.append(FactView("Ended", at: MomentView(end, now: now))) }
        if run.attempt > 1 { facts.append(FactView("Attempt", CountText.format(Int64(run.attempt)))) }
        if run.dumpBytes > 0 { facts.append(FactView("Dump", SizeText.format(run.dumpBytes))) }
        if run.storedBytes > 0 { facts.append(FactView("In the store", SizeText.format(run.storedBytes))) }
        if let backup = run.backup {
            let text = backup.description
            let isExport = run.trigger == .export
            facts.append(FactView(isExport ? "Export" : "Backup", text, href: isExport ? nil : "/backups/\(text)"))
        }
        if let proof = run.verification { facts.append(FactView("Verification", BadgeView(proof).words)) }
        return facts
    }

    /// `run`
    static let template = """
        {{>head}}
        <div class="wrap detail">
        <nav class="crumbs" aria-label="Where you are"><ol><li><a href="/">All databases</a></li>\
        <li><a href="{{databasePath}}">{{database}}</a></li><li aria-current="page">Run {{id}}</li></ol></nav>
        <div class="title"><h1>Run {{id}} of {{database}}</h1> {{#state}}{{>badge}}{{/state}}\
        {{#moments}} {{>badge}}{{/moments}}</div>
        <p class="advice">{{summary}}</p>
        {{#isTroubled}}
        <ul class="troubles" aria-label="What went wrong">{{#troubles}}{{>trouble}}{{/troubles}}</ul>
        {{/isTroubled}}
        {{>activities}}
        {{>facts}}
        {{#hasPhases}}
        <section>
        <h2 id="phases-title">Phases</h2>
        <div class="scroll" role="region" aria-labelledby="phases-title" tabindex="0">
        <table>
        <thead><tr><th scope="col">Phase</th><th scope="col">Began</th><th scope="col" class="number">Took</th>\
        <th scope="col" class="number">Attempt</th></tr></thead>
        <tbody>
        {{#phases}}
        <tr><th scope="row">{{phase}}</th><td>{{#began}}<time datetime="{{iso}}" title="{{age}}">{{exact}}</time>{{/began}}\
        </td><td class="number">{{took}}</td><td class="number">{{attempt}}</td></tr>
        {{/phases}}
        </tbody>
        </table>
        </div>
        </section>
        {{/hasPhases}}
        {{#hasLog}}
        <section>
        <h2 id="log-title">Log</h2>
        <ol class="log">
        {{#log}}
        <li class="{{urgency}}">{{#loggedAt}}<time datetime="{{iso}}" title="{{age}}">{{exact}}</time>{{/loggedAt}} \
        {{#level}}{{>badge}}{{/level}} <span class="line-text">{{line}}{{#remedy}}<span class="remedy">{{.}}</span>\
        {{/remedy}}</span></li>
        {{/log}}
        </ol>
        </section>
        {{/hasLog}}
        </div>
        {{>foot}}
        """
}

/// A phase of a run, from its beginning to that of the next.
struct PhaseRow {
    let phase: String
    let began: MomentView
    let took: String
    let attempt: String

    static func all(_ detail: RunDetail, now: Timestamp) -> [PhaseRow] {
        let end = detail.run.finishedAt
        return detail.phases.indices.map { index in
            let record = detail.phases[index]
            let isLast = index == detail.phases.count - 1
            let next = isLast ? end : detail.phases[index + 1].at
            let took = FigureText.duration((next ?? now).seconds - record.at.seconds)
            return PhaseRow(
                phase: name(record.phase), began: MomentView(record.at, now: now),
                took: next == nil ? "\(took) so far" : took, attempt: "\(record.attempt)")
        }
    }

    private static func name(_ phase: RunPhase) -> String {
        switch phase {
        case .waiting: "Waiting"
        case .snapshot: "Snapshot"
        case .export: "Export and upload"
        case .verify: "Verification"
        case .prune: "Retention"
        }
    }
}

/// What a run said.
struct LogRow {
    let loggedAt: MomentView
    let level: BadgeView
    let urgency: String
    let line: String
    let remedy: String?

    init(_ record: RunLogRecord, now: Timestamp) {
        loggedAt = MomentView(record.at, now: now)
        level = BadgeView(record.level)
        urgency = level.tone
        line = record.text
        remedy = record.hint
    }
}
