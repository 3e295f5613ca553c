import Appliance
import Catalog
import Model
import Settings

/// All there is to know of one database.
struct DatabasePage {
    /// Rows of the list of backups on one page.
    static let backupsAPage = 50

    let frame: PageFrame
    let name: String
    let state: BadgeView
    /// nil where all rows of the newest backup are known to be from one moment.
    let moments: BadgeView?
    /// The state in a sentence.
    let summary: String
    let remark: String?
    let isTroubled: Bool
    let troubles: [TroubleView]
    let activities: [ActivityView]
    let hasButtons: Bool
    let backUp: FormView?
    /// Of the newest backup.
    let verify: FormView?
    let facts: [FactView]
    let history: HistoryView?
    let retention: RetentionView
    let backups: BackupTable
    let hasRuns: Bool
    let runs: [RunRow]
    let hasVerifications: Bool
    let verifications: [VerificationRow]
    let hasExports: Bool
    let exports: [ExportRow]
    let hasEvents: Bool
    let events: [EventRow]

    /// - Parameter page: of the list of backups, counted from 1.
    init(_ detail: DatabaseDetail, page: Int = 1, now: Timestamp, viewer: Viewer) {
        let database = detail.overview
        let status = database.status
        let path = PathText.database(status.name)
        let isRemoved = status.state == .removed
        name = status.name
        state = BadgeView(status.state)
        moments = status.lastBackupShortfall.map { _ in BadgeView.inconsistent }
        frame = PageFrame(
            of: status.name, in: state, viewer: viewer, now: now, watch: status.name,
            reload: database.isBusy ? path : nil)
        summary = Self.summary(database, now: now)
        remark = isRemoved ? status.alarms.first : DatabaseRow.remark(status)
        troubles = isRemoved ? [] : [TroubleView](status)
        isTroubled = !troubles.isEmpty
        activities = [ActivityView](database, now: now, viewer: viewer)
        let backUp =
            isRemoved || status.running != nil
            ? nil : viewer.form("\(path)/backup", "Back up now", subject: status.name)
        let verify = database.verifying == nil ? Self.verifyForm(status.lastBackup, viewer) : nil
        hasButtons = backUp != nil || verify != nil
        self.backUp = backUp
        self.verify = verify
        facts = Self.facts(detail, now: now)
        history = HistoryView(database)
        retention = RetentionView(detail)
        backups = BackupTable(detail, page: page, path: path, now: now)
        runs = detail.runs.map { RunRow($0, now: now) }
        hasRuns = !runs.isEmpty
        verifications = detail.verifications.map { VerificationRow($0, now: now) }
        hasVerifications = !verifications.isEmpty
        exports = detail.exports.map { ExportRow($0, now: now, viewer: viewer) }
        hasExports = !exports.isEmpty
        events = detail.events.map { EventRow($0, now: now) }
        hasEvents = !events.isEmpty
    }

    private static func verifyForm(_ backup: String?, _ viewer: Viewer) -> FormView? {
        guard let backup else { return nil }
        return viewer.form(
            "/backups/\(backup)/verify", from: "database", "Verify now", subject: "the newest backup, \(backup)")
    }

    /// `Last verified 9 hours ago. Next backup in 14 hours, 2026-03-16 03:17 CET.`
    private static func summary(_ database: Overview.Database, now: Timestamp) -> String {
        let status = database.status
        var sentences: [String] = []
        if let proof = status.lastProofAt {
            sentences.append("Last verified \(AgeText.format(proof, now: now)).")
        } else {
            sentences.append("Never verified.")
        }
        guard status.state != .removed else { return sentences.joined(separator: " ") }
        switch status.nextRunAt {
        case .some(let next) where next <= now: sentences.append("The next backup is due now.")
        case .some(let next):
            let local = database.nextRunLocal.map { ", \($0)" } ?? ""
            sentences.append("Next backup \(AgeText.format(next, now: now))\(local).")
        case .none: sentences.append("Backed up only when somebody asks.")
        }
        return sentences.joined(separator: " ")
    }

    private static func facts(_ detail: DatabaseDetail, now: Timestamp) -> [FactView] {
        let database = detail.overview
        var facts: [FactView] = []
        if let source = database.source {
            // A file's path is shown as it would be typed.
            let isFile = detail.settings?.sqlitePath != nil
            facts.append(isFile ? FactView("Source", code: source) : FactView("Source", source))
        }
        if let store = database.store {
            facts.append(FactView("Store", database.location.map { "\(store): \($0)" } ?? store))
        }
        if let settings = detail.settings {
            let zone = database.zone ?? settings.zoneName
            facts.append(FactView("Schedule", "\(database.schedule ?? "only when somebody asks"), in \(zone)"))
            facts.append(FactView("Asks for", words(settings.verify.afterBackup)))
            if let proofs = detail.proofs { facts.append(FactView("Proofs", words(proofs, now: now))) }
        }
        if let rows = database.rows {
            facts.append(FactView("Rows", CountText.format(rows)))
        }
        if let dump = database.dumpBytes, let stored = database.storedBytes {
            facts.append(
                FactView("Newest backup", "\(SizeText.format(dump)) of dump, \(SizeText.format(stored)) in the store"))
        }
        facts.append(FactView("Backups", CountText.format(Int64(database.status.backups))))
        return facts
    }

    /// `proved again every 30 days; the oldest proof is 12 days old`
    private static func words(_ proofs: ProofStanding, now: Timestamp) -> String {
        var words = proofs.routine
        if let oldest = proofs.oldest { words += "; the oldest proof was \(AgeText.format(oldest, now: now))" }
        if proofs.unproved > 0 { words += "; \(CountText.format(Int64(proofs.unproved))) without any" }
        return proofs.warning.map { "\(words). \($0)" } ?? words
    }

    /// What a verification level means for the words used of a backup (promise 12 of the design).
    static func words(_ level: VerificationLevel) -> String {
        switch level {
        case .restore: "a restore of every backup: it is then proved"
        case .checksum: "the checksum of every backup: it is then checked, not proved"
        case .none: "no verification: its backups are unproved"
        }
    }
}

/// How the last days and runs went.
struct HistoryView {
    let strip: String
    let from: String
    let to: String
    /// The strip in words.
    let tale: String
    let hasExceptions: Bool
    let exceptions: [String]
    let size: TrendView?
    let duration: TrendView?
    let legend: [LegendEntry]

    init?(_ database: Overview.Database) {
        guard let first = database.days.first, let last = database.days.last else { return nil }
        let days = DayStrip(database.days)
        strip = days.markup
        from = first.date
        to = last.date
        tale = days.summary
        exceptions = days.exceptions
        hasExceptions = !exceptions.isEmpty
        size = TrendView.size(database.trend)
        duration = TrendView.duration(database.trend)
        legend = LegendEntry.all
    }

    /// `history`
    static let template = """
        <section>
        <h2 id="history-title">History</h2>
        <div class="panel">
        <div class="tall">{{{strip}}}</div>
        <p class="span" aria-hidden="true"><span>{{from}}</span><span>{{to}}</span></p>
        {{>legend}}
        <p>{{tale}}</p>
        {{#hasExceptions}}
        <details><summary>The days that were not verified</summary>
        <ul>{{#exceptions}}<li>{{.}}</li>{{/exceptions}}</ul></details>
        {{/hasExceptions}}
        <div class="trends">
        {{#size}}
        <figure>{{{picture}}}<figcaption>{{story}}</figcaption></figure>
        {{/size}}
        {{#duration}}
        <figure>{{{picture}}}<figcaption>{{story}}</figcaption></figure>
        {{/duration}}
        </div>
        </div>
        </section>
        """
}
