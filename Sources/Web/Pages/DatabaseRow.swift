import Appliance
import Model

/// A database on the first page.
struct DatabaseRow {
    let name: String
    let path: String
    let state: BadgeView
    /// nil where all rows of the newest backup are known to be from one moment.
    let moments: BadgeView?
    /// The newest verified backup.
    let proof: ProofView?
    let next: NextRunView?
    /// The store's name; nil where nobody knows it any more.
    let place: String?
    /// False for a database that is not configured any more.
    let hasFigures: Bool
    let size: TrendView?
    let duration: TrendView?
    /// The picture of the last days: HTML that needs no escaping any more.
    let strip: String?
    /// `Last 90 days`
    let stripTitle: String
    /// What the state and the newest backup lack, where nothing below says more.
    let remark: String?
    let isTroubled: Bool
    let troubles: [TroubleView]
    let activities: [ActivityView]
    let backUp: FormView?

    init(_ database: Overview.Database, now: Timestamp, viewer: Viewer) {
        let status = database.status
        let isRemoved = status.state == .removed
        name = status.name
        path = PathText.database(status.name)
        state = BadgeView(status.state)
        moments = status.lastBackupShortfall.map { _ in BadgeView.inconsistent }
        proof = ProofView(status, now: now)
        next = isRemoved ? nil : NextRunView(database, now: now)
        place = database.store
        hasFigures = !isRemoved
        size = TrendView.size(database.trend)
        duration = TrendView.duration(database.trend)
        strip = database.days.isEmpty || isRemoved ? nil : DayStrip(database.days).markup
        stripTitle = "Last \(CountText.format(Int64(database.days.count), "day"))"
        troubles = isRemoved ? [] : [TroubleView](status)
        isTroubled = !troubles.isEmpty
        remark = isRemoved ? status.alarms.first : Self.remark(status)
        activities = [ActivityView](database, now: now, viewer: viewer)
        let canStart = !isRemoved && status.running == nil
        backUp =
            canStart
            ? viewer.form(path + "/backup", from: "overview", "Back up now", subject: status.name) : nil
    }

    /// Why the state is not better, for the states that come without an alarm, and what the newest backup lacks.
    static func remark(_ status: StatusReport.Database) -> String? {
        let moments = status.lastBackupShortfall.map { shortfall in
            "The rows of the newest backup are not known to be from one moment: \(shortfall)."
        }
        let sentences = [standing(status), moments].compactMap { $0 }
        return sentences.isEmpty ? nil : sentences.joined(separator: " ")
    }

    private static func standing(_ status: StatusReport.Database) -> String? {
        switch status.state {
        case .none:
            return "There is no backup of it yet."
        case .unproved:
            guard let newest = status.lastBackup else { return nil }
            return "The newest backup, \(newest), is unproved."
                + (status.lastProof.map { " The newest verified one is \($0)." } ?? "")
        default:
            return nil
        }
    }

    /// `database-row`
    static let template = """
        <article class="database">
        <div class="name"><h2><a href="{{path}}">{{name}}</a></h2>
        <p>{{#state}}{{>badge}}{{/state}}</p>{{#moments}}<p>{{>badge}}</p>{{/moments}}\
        {{#place}}<p class="place">Store {{.}}</p>{{/place}}</div>
        {{#hasFigures}}
        <dl class="figures">
        <div><dt>Last verified</dt><dd>{{#proof}}<a href="{{proofPath}}">{{#proofAt}}{{>age}}{{/proofAt}}</a>{{/proof}}\
        {{^proof}}never{{/proof}}</dd></div>
        {{#next}}
        <div><dt>Next backup</dt><dd>{{>next-run}}</dd></div>
        {{/next}}
        {{#size}}
        <div><dt>Size</dt><dd><span>{{figure}}</span>{{{picture}}}</dd></div>
        {{/size}}
        {{#duration}}
        <div><dt>Duration</dt><dd><span>{{figure}}</span>{{{picture}}}</dd></div>
        {{/duration}}
        </dl>
        <div class="side">
        {{#strip}}
        <div><p class="label">{{stripTitle}}</p>{{{strip}}}</div>
        {{/strip}}
        {{#backUp}}
        <div class="actions">{{>form}}</div>
        {{/backUp}}
        </div>
        {{/hasFigures}}
        {{#remark}}
        <p class="remark">{{.}}</p>
        {{/remark}}
        {{>troubles}}
        {{>activities}}
        </article>
        """
}

/// The newest verified backup of a database.
struct ProofView {
    /// Where its backup's page is.
    let proofPath: String
    let proofAt: MomentView

    /// Nil where no backup was ever verified.
    init?(_ status: StatusReport.Database, now: Timestamp) {
        guard let backup = status.lastProof, let at = status.lastProofAt else { return nil }
        proofPath = "/backups/\(backup)"
        proofAt = MomentView(at, now: now)
    }
}

/// When a database comes to its turn: in how long, by the clock of its zone, and by the reader's, which the script fills in.
struct NextRunView {
    /// Nil where it is backed up only when somebody asks.
    let due: MomentView?
    let isDue: Bool
    /// `2026-03-16 03:17 CET`
    let local: String?

    init(_ database: Overview.Database, now: Timestamp) {
        let next = database.status.nextRunAt
        due = next.map { MomentView($0, now: now) }
        isDue = next.map { $0 <= now } ?? false
        local = database.nextRunLocal
    }

    /// `next-run`
    static let template = """
        {{#due}}{{#isDue}}due now{{/isDue}}{{^isDue}}{{>age}}{{/isDue}}\
        {{#local}} <span class="clock">{{.}}</span> <span class="clock" data-at="{{iso}}" data-shown="{{.}}" hidden>\
        </span>{{/local}}{{/due}}{{^due}}when asked{{/due}}
        """
}
