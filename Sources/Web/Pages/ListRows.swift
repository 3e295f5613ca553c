import Appliance
import Catalog
import Model

/// A run in a list.
struct RunRow {
    let id: Int64
    let began: MomentView
    let state: BadgeView
    let trigger: String
    let took: String
    let count: String
    /// Its backup.
    let made: String?
    /// Why there is none.
    let why: String?

    init(_ run: RunRecord, now: Timestamp) {
        id = run.id
        began = MomentView(run.startedAt, now: now)
        state = BadgeView(run.state)
        trigger = Self.words(run.trigger)
        let end = run.finishedAt ?? now
        took = run.state == .queued ? "" : FigureText.duration(end.seconds - run.startedAt.seconds)
        count = run.rows > 0 || run.state == .completed ? CountText.format(run.rows) : ""
        // The id of an export, which is no backup that has a page, looks the same.
        made = run.trigger == .export ? nil : run.backup?.description
        why = run.failure?.message
    }

    static func words(_ trigger: RunTrigger) -> String {
        switch trigger {
        case .schedule: "the schedule"
        case .command: "the command line"
        case .api: "this page or the API"
        case .export: "an export"
        }
    }

    /// `run-row`
    static let template = """
        <tr><th scope="row"><a href="/runs/{{id}}">Run {{id}}</a></th><td>{{#began}}{{>instant}}{{/began}}</td>\
        <td>{{#state}}{{>badge}}{{/state}}</td><td>{{trigger}}</td><td class="number">{{took}}</td>\
        <td class="number">{{count}}</td><td class="reason">{{#made}}<a href="/backups/{{.}}">{{.}}</a>{{/made}} \
        {{why}}</td></tr>
        """
}

/// A verification in a list.
struct VerificationRow {
    let id: Int64
    let ended: MomentView
    let backup: String
    let level: String
    let outcome: BadgeView
    let took: String
    let found: String

    init(_ record: VerificationRecord, now: Timestamp) {
        id = record.id
        ended = MomentView(record.at, now: now)
        backup = record.backup.description
        level = record.level.rawValue
        outcome = BadgeView(record.outcome)
        took = FigureText.duration(record.seconds)
        found = CountText.format(Int64(record.differences))
    }

    /// `verification-table`: stands below a heading with the id `verifications-title`.
    static let tableTemplate = """
        <div class="scroll" role="region" aria-labelledby="verifications-title" tabindex="0">
        <table>
        <thead><tr><th scope="col">Verification</th><th scope="col">Ended (UTC)</th><th scope="col">Backup</th>\
        <th scope="col">Level</th><th scope="col">Outcome</th><th scope="col" class="number">Took</th>\
        <th scope="col" class="number">Differences</th></tr></thead>
        <tbody>
        {{#verifications}}
        <tr><th scope="row"><a href="/verifications/{{id}}">Report {{id}}</a></th>\
        <td>{{#ended}}{{>instant}}{{/ended}}</td><td><a href="/backups/{{backup}}">{{backup}}</a></td>\
        <td>{{level}}</td><td>{{#outcome}}{{>badge}}{{/outcome}}</td><td class="number">{{took}}</td>\
        <td class="number">{{found}}</td></tr>
        {{/verifications}}
        </tbody>
        </table>
        </div>
        """
}

/// An export that somebody asked for, in a list.
struct ExportRow {
    let id: String
    let asked: MomentView
    let state: BadgeView
    let count: String
    let size: String
    let expires: MomentView?
    /// Where its run's page is.
    let runPath: String?
    /// Where it can be had, for those who may.
    let download: String?
    let why: String?

    init(_ export: ExportStatus, now: Timestamp, viewer: Viewer) {
        id = export.id
        asked = MomentView(export.startedAt, now: now)
        state = BadgeView(export.state)
        count = CountText.format(export.rows)
        size = SizeText.format(export.size)
        expires = export.state == .completed ? export.expiresAt.map { MomentView($0, now: now) } : nil
        runPath = export.run.map { "/runs/\($0)" }
        let isThere = export.state == .completed && viewer.scope >= .export
        download =
            isThere ? "/export/dump/download/\(PathSegment.encode(export.id)).\(export.format.fileExtension)" : nil
        why = export.failure?.message
    }

    /// `export-row`
    static let template = """
        <tr><th scope="row">{{#download}}<a href="{{.}}" download>{{id}}</a>{{/download}}\
        {{^download}}{{id}}{{/download}}</th><td>{{#asked}}{{>instant}}{{/asked}}</td>\
        <td>{{#runPath}}<a href="{{.}}">{{/runPath}}{{#state}}{{>badge}}{{/state}}{{#runPath}}</a>{{/runPath}} {{why}}</td>\
        <td class="number">{{count}}</td><td class="number">{{size}}</td>\
        <td>{{#expires}}{{>age}}{{/expires}}</td></tr>
        """
}

/// Something that happened.
struct EventRow {
    let eventAt: MomentView
    let happening: String

    init(_ event: EventRecord, now: Timestamp) {
        eventAt = MomentView(event.at, now: now)
        happening = event.text
    }
}
