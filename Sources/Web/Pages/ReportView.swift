import Model

/// What a verification compared, table by table.
struct ReportView {
    let hasDifferences: Bool
    let differences: [DifferenceRow]
    let isRestore: Bool
    let integrity: BadgeView
    /// What `PRAGMA integrity_check` said, where it said more than `ok`.
    let complaints: [String]
    let hasComplaints: Bool
    let foreignKeys: String
    let hasTables: Bool
    let tableSum: String
    let tables: [ComparisonRow]
    let hasNotes: Bool
    let notes: [String]

    struct DifferenceRow {
        /// `object …, part 3`; nil where the message says it all.
        let place: String?
        let message: String
    }

    struct ComparisonRow {
        let table: String
        let result: BadgeView
        let rowsExpected: String
        let rowsFound: String
        let digestExpected: String
        let digestFound: String
    }

    init(_ report: VerificationReport) {
        differences = report.differences.map { difference in
            var places: [String] = []
            if let object = difference.object { places.append(object) }
            if let part = difference.part { places.append("part \(part)") }
            if let table = difference.table { places.append("table \(table)") }
            return DifferenceRow(
                place: places.isEmpty ? nil : places.joined(separator: ", "), message: difference.message)
        }
        hasDifferences = !differences.isEmpty
        isRestore = report.level == .restore
        let isSound = report.integrityCheck == ["ok"]
        integrity =
            isSound
            ? BadgeView("ok", symbol: "i-good", tone: .good)
            : BadgeView(report.integrityCheck.isEmpty ? "not run" : "not ok", symbol: "i-alarm", tone: .bad)
        complaints = isSound ? [] : report.integrityCheck
        hasComplaints = !complaints.isEmpty
        foreignKeys = Self.foreignKeys(report)
        tables = report.tables.map { ComparisonRow($0) }
        hasTables = !tables.isEmpty
        let equal = report.tables.count(where: { $0.matches })
        tableSum =
            "\(CountText.format(Int64(equal))) of \(CountText.format(Int64(tables.count), "table")) equal, "
            + "\(CountText.format(Self.rows(report), "row")) found"
        notes = report.notes
        hasNotes = !notes.isEmpty
    }

    /// What it comes to, in one sentence. Made without arithmetic that can overflow: a report comes from a store, and its
    /// numbers need not be sensible ones.
    static func summary(_ report: VerificationReport) -> String {
        let took = FigureText.duration(report.totalSeconds)
        switch report.outcome {
        case .proved:
            return "Proved: \(CountText.format(Int64(report.tables.count), "table")), "
                + "\(CountText.format(rows(report), "row")), restored in \(took)."
        case .checked:
            return "Checked, not proved: \(SizeText.format(report.bytesChecked)) in the store are as they were written,"
                + " compared in \(took)."
        case .different:
            return "NOT GOOD: \(CountText.format(Int64(report.differences.count), "difference")) found; "
                + "this backup cannot be trusted."
        }
    }

    private static func rows(_ report: VerificationReport) -> Int64 {
        report.tables.reduce(0) { $0 &+ $1.rowsFound }
    }

    private static func foreignKeys(_ report: VerificationReport) -> String {
        let count = CountText.format(report.foreignKeyViolations, "violation")
        guard report.foreignKeyViolations > 0, report.tables.allSatisfy({ $0.matches }) else { return count }
        return "\(count); the digests are equal, so they are the source's own"
    }

    /// `report`
    static let template = """
        {{#hasDifferences}}
        <section>
        <h2 id="differences-title">Differences</h2>
        <ul class="troubles" aria-labelledby="differences-title">{{#differences}}\
        <li><p>{{#place}}<code>{{.}}</code>: {{/place}}{{message}}</p></li>{{/differences}}</ul>
        </section>
        {{/hasDifferences}}
        {{#isRestore}}
        <section>
        <h2 id="checks-title">Checks by SQLite</h2>
        <dl class="facts">
        <div><dt><code>integrity_check</code></dt><dd>{{#integrity}}{{>badge}}{{/integrity}}</dd></div>
        <div><dt><code>foreign_key_check</code></dt><dd>{{foreignKeys}}</dd></div>
        </dl>
        {{#hasComplaints}}
        <ul class="notes" aria-label="What integrity_check said">{{#complaints}}<li><code>{{.}}</code></li>{{/complaints}}</ul>
        {{/hasComplaints}}
        </section>
        {{/isRestore}}
        {{#hasNotes}}
        <section>
        <h2 id="notes-title">Notes</h2>
        <ul class="notes">{{#notes}}<li>{{.}}</li>{{/notes}}</ul>
        </section>
        {{/hasNotes}}
        {{#hasTables}}
        <section>
        <h2 id="tables-title">Tables</h2>
        <div class="scroll" role="region" aria-labelledby="tables-title" tabindex="0">
        <table class="comparison names">
        <caption>{{tableSum}}</caption>
        <thead><tr><th scope="col">Table</th><th scope="col">Result</th><th scope="col" class="number">Rows expected</th>\
        <th scope="col" class="number">Rows found</th><th scope="col">Digest expected</th>\
        <th scope="col">Digest found</th></tr></thead>
        <tbody>
        {{#tables}}
        <tr><th scope="row"><code>{{table}}</code></th><td>{{#result}}{{>badge}}{{/result}}</td>\
        <td class="number">{{rowsExpected}}</td><td class="number">{{rowsFound}}</td><td><code>{{digestExpected}}</code></td>\
        <td><code>{{digestFound}}</code></td></tr>
        {{/tables}}
        </tbody>
        </table>
        </div>
        </section>
        {{/hasTables}}
        """
}

extension ReportView.ComparisonRow {
    init(_ result: VerificationReport.TableResult) {
        table = result.name.description
        self.result =
            result.matches
            ? BadgeView("Equal", symbol: "i-good", tone: .good)
            : BadgeView("Different", symbol: "i-alarm", tone: .bad)
        rowsExpected = CountText.format(result.rowsExpected)
        rowsFound = CountText.format(result.rowsFound)
        digestExpected = result.digestExpected.description
        digestFound = result.digestFound.description
    }
}
