import Appliance
import Catalog
import Model

/// What retention does with a database's backups, in a few sentences.
struct RetentionView {
    /// `keep_last: 7, keep_daily: 14`
    let policy: String
    /// `22 backups are kept.`
    let verdict: String
    let hasLeaving: Bool
    /// What goes next, and why.
    let leaving: [LeavingBackup]

    struct LeavingBackup {
        let leavingID: String
        let leavingReason: String
    }

    init(_ detail: DatabaseDetail) {
        policy = detail.retention
        let decided = detail.backups.compactMap { fate in fate.decision.map { (fate.backup, $0) } }
        let going = decided.filter { $0.1.action != .keep || $0.1.wouldDelete }
        // Oldest first, as they go.
        leaving = going.reversed().map { backup, decision in
            LeavingBackup(leavingID: backup.id.description, leavingReason: Self.reason(decision))
        }
        hasLeaving = !going.isEmpty
        let kept = decided.count(where: { $0.1.action == .keep })
        let rest = detail.backups.count - decided.count
        // In several stores there are several of each.
        let noun = detail.hasSeveralStores ? "stored backup" : "backup"
        var sentences: [String] = []
        if rest == 0 || !decided.isEmpty {
            sentences.append("\(CountText.format(Int64(kept), noun)) \(kept == 1 ? "is" : "are") kept.")
        }
        if rest > 0 {
            sentences.append("Retention does not look at \(CountText.format(Int64(rest), noun)).")
        }
        if going.isEmpty, !decided.isEmpty {
            let next = detail.next.map { next in
                "\(next.backup) goes next, when the backup of \(next.at.text.prefix(10)) is made."
            }
            sentences.append(next ?? "None goes soon.")
        }
        verdict = sentences.joined(separator: " ")
    }

    private static func reason(_ decision: RetentionDecision) -> String {
        switch decision.action {
        case .delete: "goes after the next backup: \(decision.text)"
        case .locked: "goes when the bucket lets it go: \(decision.text)"
        case .keep: "would go: \(decision.text)"
        }
    }

    /// `retention`
    static let template = """
        <section>
        <h2 id="retention-title">Retention</h2>
        <p><code class="policy">{{policy}}</code></p>
        <p>{{verdict}}</p>
        {{#hasLeaving}}
        <p>What goes next:</p>
        <ul class="leaving">{{#leaving}}<li><a href="/backups/{{leavingID}}">{{leavingID}}</a> {{leavingReason}}</li>\
        {{/leaving}}</ul>
        {{/hasLeaving}}
        </section>
        """
}

/// A database's backups, a page of them at a time.
struct BackupTable {
    let hasBackups: Bool
    /// Whether the rows have to say which store each is in.
    let hasSeveralStores: Bool
    let rows: [BackupRow]
    /// `51 to 100 of 213`; nil where one page holds them all.
    let share: String?
    let newer: String?
    let older: String?

    init(_ detail: DatabaseDetail, page: Int, path: String, now: Timestamp) {
        let size = DatabasePage.backupsAPage
        let all = detail.backups
        let pages = max((all.count + size - 1) / size, 1)
        let page = min(max(page, 1), pages)
        let first = (page - 1) * size
        rows = all[first..<min(first + size, all.count)].map { BackupRow($0, now: now) }
        hasBackups = !all.isEmpty
        hasSeveralStores = detail.hasSeveralStores
        share =
            pages == 1
            ? nil
            : "\(CountText.format(Int64(first + 1))) to \(CountText.format(Int64(first + rows.count)))"
                + " of \(CountText.format(Int64(all.count)))"
        newer = page > 1 ? "\(path)?page=\(page - 1)#backups-title" : nil
        older = page < pages ? "\(path)?page=\(page + 1)#backups-title" : nil
    }

    /// `backup-table`
    static let template = """
        <section>
        <h2 id="backups-title">Backups</h2>
        {{#hasBackups}}
        <div class="scroll" role="region" aria-labelledby="backups-title" tabindex="0">
        <table>
        <thead><tr><th scope="col">Backup</th>{{#hasSeveralStores}}<th scope="col">Store</th>{{/hasSeveralStores}}\
        <th scope="col">Taken (UTC)</th><th scope="col">State</th>\
        <th scope="col" class="number">Rows</th><th scope="col" class="number">Dump</th>\
        <th scope="col" class="number">Stored</th><th scope="col">Retention</th></tr></thead>
        <tbody>
        {{#rows}}
        <tr><th scope="row"><a href="/backups/{{id}}">{{id}}</a></th>\
        {{#hasSeveralStores}}<td>{{place}}</td>{{/hasSeveralStores}}<td>{{#taken}}{{>instant}}{{/taken}}</td>\
        <td>{{#proof}}{{>badge}}{{/proof}}{{#backupMoments}} {{>badge}}{{/backupMoments}}</td>\
        <td class="number">{{count}}</td><td class="number">{{dump}}</td>\
        <td class="number">{{stored}}</td><td class="reason">{{fate}}</td></tr>
        {{/rows}}
        </tbody>
        </table>
        </div>
        {{#share}}
        <nav class="pages" aria-label="More backups">{{#newer}}<a href="{{.}}" rel="prev">Newer</a> {{/newer}}\
        <span>{{share}}</span>{{#older}} <a href="{{.}}" rel="next">Older</a>{{/older}}</nav>
        {{/share}}
        {{/hasBackups}}
        {{^hasBackups}}
        <p class="nothing">None yet.</p>
        {{/hasBackups}}
        </section>
        """
}

/// A backup in a list.
struct BackupRow {
    let id: String
    /// The store's name.
    let place: String
    let taken: MomentView
    let proof: BadgeView
    /// nil where all rows are known to be from one moment. Its name is this list's own: what a row lacks is looked for in
    /// the page around it.
    let backupMoments: BadgeView?
    let count: String
    let dump: String
    let stored: String
    /// What retention does with it, and why.
    let fate: String

    init(_ fate: DatabaseDetail.Fate, now: Timestamp) {
        let backup = fate.backup
        id = backup.id.description
        place = backup.store
        taken = MomentView(backup.createdAt, now: now)
        proof = BadgeView(backup.proof)
        backupMoments = backup.shortfall.map { _ in BadgeView.inconsistent }
        // Of one that is encrypted, and was made elsewhere, nobody here may know.
        count = backup.hasFigures ? CountText.format(backup.rows) : "?"
        dump = backup.hasFigures ? SizeText.format(backup.dumpBytes) : "?"
        stored = SizeText.format(backup.storedBytes)
        self.fate = Self.words(fate.decision)
    }

    static func words(_ decision: RetentionDecision?) -> String {
        guard let decision else { return "kept: retention does not look at it" }
        return switch decision.action {
        case .keep: "kept: \(decision.text)"
        case .delete: "goes next: \(decision.text)"
        case .locked: "locked: \(decision.text)"
        }
    }
}
