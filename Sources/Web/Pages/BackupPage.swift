import Appliance
import Catalog
import Model

/// A backup: what it holds, what was proved of it, and how to get it back.
struct BackupPage {
    let frame: PageFrame
    let id: String
    let database: String
    let databasePath: String
    let proof: BadgeView
    /// nil where all rows are known to be from one moment.
    let moments: BadgeView?
    let summary: String
    let activities: [ActivityView]
    let verify: FormView?
    let facts: [FactView]
    /// Why the manifest could not be read, or that its rows are from different moments.
    let isTroubled: Bool
    let troubles: [TroubleView]
    let restoring: RestoringView
    let manifest: ManifestView?
    let hasVerifications: Bool
    let verifications: [VerificationRow]

    /// - Parameter baseURL: where the appliance is reached, `https://backups.example.org`; nil where nobody knows.
    init(_ detail: BackupDetail, baseURL: String? = nil, now: Timestamp, viewer: Viewer) {
        let record = detail.record
        id = record.id.description
        database = record.database
        databasePath = PathText.database(record.database)
        proof = BadgeView(record.proof)
        let snapshot = detail.manifest?.snapshot
        // The catalog knows it, too, where the store is away.
        moments = (snapshot?.warning ?? record.shortfall) == nil ? nil : BadgeView.inconsistent
        let path = "/backups/\(record.id)"
        frame = PageFrame(
            of: "\(record.id) of \(record.database)", in: proof, viewer: viewer, now: now,
            watch: detail.verifying == nil ? nil : record.database, reload: detail.verifying == nil ? nil : path)
        summary = Self.summary(record, now: now)
        activities = detail.verifying.map { [ActivityView($0, now: now, viewer: viewer)] } ?? []
        verify = detail.verifying == nil ? viewer.form("\(path)/verify", "Verify now", subject: id) : nil
        facts = Self.facts(detail, now: now)
        troubles =
            [TroubleView](detail.failure, "What it holds cannot be shown: ")
            + [TroubleView](warning: snapshot?.warning, snapshot?.consistency)
        isTroubled = !troubles.isEmpty
        let mayDownload = viewer.scope >= .export
        restoring = RestoringView(detail, baseURL: baseURL, mayDownload: mayDownload)
        manifest = detail.manifest.map { ManifestView($0, mayDownload: mayDownload) }
        verifications = detail.verifications.map { VerificationRow($0, now: now) }
        hasVerifications = !verifications.isEmpty
    }

    /// What its state means.
    private static func summary(_ record: BackupRecord, now: Timestamp) -> String {
        let taken = "Taken \(AgeText.format(record.createdAt, now: now))."
        let verified = record.verifiedAt.map { AgeText.format($0, now: now) } ?? "once"
        switch record.proof {
        case .proved:
            return "\(taken) Restored and found equal \(verified)."
        case .checked:
            return "\(taken) Its stored bytes were found as they were written \(verified); it was not restored."
        case .unproved:
            return "\(taken) Nobody has verified yet that it can be restored."
        case .different:
            return "\(taken) The verification \(verified) found a difference: do not rely on it."
        }
    }

    /// `proved 3 days ago`
    private static func words(_ copy: BackupRecord, now: Timestamp) -> String {
        let at = copy.verifiedAt.map { " " + AgeText.format($0, now: now) } ?? ""
        return switch copy.proof {
        case .proved: "proved\(at)"
        case .checked: "checked, not proved\(at)"
        case .unproved: "unproved"
        case .different: "a difference was found\(at)"
        }
    }

    private static func facts(_ detail: BackupDetail, now: Timestamp) -> [FactView] {
        let record = detail.record
        var facts = [FactView("Taken", at: MomentView(record.createdAt, now: now))]
        if let snapshot = detail.manifest?.snapshot {
            facts.append(FactView("Snapshot", "\(snapshot.stateWords), by \(snapshot.methodWords)"))
        }
        if record.hasFigures { facts.append(FactView("Rows", CountText.format(record.rows))) }
        if let manifest = detail.manifest { facts.append(FactView("Format", manifest.options.format.layoutWords)) }
        if record.hasFigures { facts.append(FactView("Dump", SizeText.format(record.dumpBytes))) }
        facts.append(FactView("In the store", SizeText.format(record.storedBytes)))
        facts.append(FactView("Store", "\(record.store): \(detail.location)"))
        for copy in detail.copies where copy.store != record.store {
            facts.append(FactView("Also in", "\(copy.store): \(words(copy, now: now))"))
        }
        facts.append(FactView("Retention", BackupRow.words(detail.decision)))
        if let proved = record.provedAt { facts.append(FactView("Last proved", at: MomentView(proved, now: now))) }
        if let verified = record.verifiedAt, verified != record.provedAt {
            facts.append(FactView("Last verified", at: MomentView(verified, now: now)))
        }
        return facts
    }

    /// `backup`
    static let template = """
        {{>head}}
        <div class="wrap detail">
        <nav class="crumbs" aria-label="Where you are"><ol><li><a href="/">All databases</a></li>\
        <li><a href="{{databasePath}}">{{database}}</a></li><li aria-current="page">{{id}}</li></ol></nav>
        <div class="title"><h1 class="id">{{id}}</h1> {{#proof}}{{>badge}}{{/proof}}\
        {{#moments}} {{>badge}}{{/moments}}</div>
        <p class="advice">{{summary}}</p>
        {{>troubles}}
        {{>activities}}
        {{#verify}}
        <div class="actions">{{>form}}</div>
        {{/verify}}
        {{>facts}}
        {{#restoring}}
        {{>restoring}}
        {{/restoring}}
        {{#hasVerifications}}
        <section>
        <h2 id="verifications-title">Verifications</h2>
        {{>verification-table}}
        </section>
        {{/hasVerifications}}
        {{#manifest}}
        {{>manifest}}
        {{/manifest}}
        </div>
        {{>foot}}
        """
}
