import Appliance
import Catalog
import Model

/// The report of a verification, to read and to print.
struct VerificationPage {
    let frame: PageFrame
    let id: Int64
    let backup: String
    let database: String
    let databasePath: String
    let outcome: BadgeView
    /// nil where all rows of the backup are known to be from one moment.
    let moments: BadgeView?
    let summary: String
    /// Why there is no report, or that the rows are from different moments.
    let isTroubled: Bool
    let troubles: [TroubleView]
    let facts: [FactView]
    let report: ReportView?

    init(_ detail: VerificationDetail, now: Timestamp, viewer: Viewer) {
        let record = detail.record
        id = record.id
        backup = record.backup.description
        database = record.database
        databasePath = PathText.database(record.database)
        outcome = BadgeView(record.outcome)
        let consistency = detail.report?.consistency
        moments = consistency?.warning == nil ? nil : BadgeView.inconsistent
        frame = PageFrame(of: "Verification of \(record.backup)", in: outcome, viewer: viewer, now: now)
        summary = detail.report.map { ReportView.summary($0) } ?? Self.summary(record)
        troubles =
            [TroubleView](detail.failure, "The whole report cannot be shown: ")
            + [TroubleView](warning: consistency?.warning, consistency)
        isTroubled = !troubles.isEmpty
        facts = Self.facts(detail, now: now)
        report = detail.report.map { ReportView($0) }
    }

    /// What the catalog knows without the report.
    private static func summary(_ record: VerificationRecord) -> String {
        switch record.outcome {
        case .proved: "Restored and found equal."
        case .checked: "The stored bytes are as they were written; it was not restored."
        case .different:
            "NOT GOOD: \(CountText.format(Int64(record.differences), "difference")) found; "
                + "this backup cannot be trusted."
        }
    }

    private static func facts(_ detail: VerificationDetail, now: Timestamp) -> [FactView] {
        let record = detail.record
        var facts = [
            FactView("Backup", record.backup.description, href: "/backups/\(record.backup)"),
            FactView("Ended", at: MomentView(record.at, now: now)),
            FactView("Level", words(record.level)),
            FactView("Took", FigureText.duration(record.seconds)),
            FactView("Differences", CountText.format(Int64(record.differences))),
        ]
        guard let report = detail.report else { return facts }
        facts.insert(FactView("Began", at: MomentView(report.startedAt, now: now)), at: 1)
        if let consistency = report.consistency {
            let readings = CountText.format(Int64(consistency.readings), "time")
            facts.append(FactView("Source's state", "\(consistency.words), read \(readings)"))
        }
        if report.level == .restore {
            let speed = report.importBytesPerSecond.map { ", \(SizeText.format($0)) of dump a second" } ?? ""
            facts.append(FactView("Download and import", FigureText.duration(report.importSeconds) + speed))
        }
        let objects = CountText.format(Int64(report.objectsChecked), "object")
        facts.append(FactView("Read from the store", "\(objects), \(SizeText.format(report.bytesChecked))"))
        facts.append(FactView("By", "\(report.tool), SQLite \(report.sqliteVersion), on \(report.host)"))
        if let version = report.sourceSQLiteVersion { facts.append(FactView("Source read by", "SQLite \(version)")) }
        return facts
    }

    private static func words(_ level: VerificationLevel) -> String {
        switch level {
        case .restore: "restore: downloaded, imported and compared"
        case .checksum: "checksum: the stored bytes compared, not restored"
        case .none: "none"
        }
    }

    /// `verification`
    static let template = """
        {{>head}}
        <div class="wrap detail">
        <nav class="crumbs" aria-label="Where you are"><ol><li><a href="/">All databases</a></li>\
        <li><a href="{{databasePath}}">{{database}}</a></li><li><a href="/backups/{{backup}}">{{backup}}</a></li>\
        <li aria-current="page">Verification {{id}}</li></ol></nav>
        <div class="title"><h1>Verification of {{database}}, <span class="id">{{backup}}</span></h1> \
        {{#outcome}}{{>badge}}{{/outcome}}{{#moments}} {{>badge}}{{/moments}}</div>
        <p class="advice">{{summary}}</p>
        {{>troubles}}
        {{>facts}}
        {{#report}}
        <p class="machine"><a href="/verifications/{{id}}.json">This report as JSON</a></p>
        {{>report}}
        {{/report}}
        </div>
        {{>foot}}
        """
}
