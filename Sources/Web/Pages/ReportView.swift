import Model
import Restore

/// What a verification compared, table by table.
struct ReportView {
    let hasDifferences: Bool
    let differences: [DifferenceRow]
    /// What a person can do about them.
    let advice: [String]
    let hasAdvice: Bool
    let drill: DrillRow?
    let isRestore: Bool
    let integrity: BadgeView
    /// What `PRAGMA integrity_check` said, where it said more than `ok`.
    let complaints: [String]
    let hasComplaints: Bool
    let foreignKeys: String
    /// How many objects the schema has, and should have; nil where it was not compared.
    let schema: String?
    let hasObjects: Bool
    let objects: [ObjectRow]
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

    struct DrillRow {
        let result: BadgeView
        let words: String
        /// nil where it said nothing.
        let output: String?
    }

    struct ObjectRow {
        let key: String
        let result: BadgeView
        let sizeExpected: String
        let sizeFound: String
        /// `3 of 3`
        let parts: String
        /// What differs, part by part.
        let damage: [String]
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
        advice = report.adviceSentences
        hasAdvice = !advice.isEmpty
        drill = report.drill.map { DrillRow($0) }
        // What SQLite said is in the encrypted part, where there is one: nothing is known of it then.
        isRestore = report.level == .restore && !report.isSealed
        let isSound = report.integrityCheck == ["ok"]
        integrity =
            isSound
            ? BadgeView("ok", symbol: "i-good", tone: .good)
            : BadgeView(report.integrityCheck.isEmpty ? "not run" : "not ok", symbol: "i-alarm", tone: .bad)
        complaints = isSound ? [] : report.integrityCheck
        hasComplaints = !complaints.isEmpty
        foreignKeys = report.foreignKeyWords
        schema = report.schemaObjects.map(\.words)
        objects = (report.objects ?? []).map { ObjectRow($0) }
        hasObjects = !objects.isEmpty
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
        let shortfall = report.shortfall
        switch report.outcome {
        case .proved where report.isSealed: return "Proved, restored in \(took)\(shortfall)."
        case .proved:
            return "Proved: \(CountText.format(Int64(report.tables.count), "table")), "
                + "\(CountText.format(rows(report), "row")), restored in \(took)\(shortfall)."
        case .checked:
            return "Checked, not proved: \(SizeText.format(report.bytesChecked)) in the store are as they were written,"
                + " compared in \(took)\(shortfall)."
        case .different: return "\(report.differenceSummary)."
        }
    }

    private static func rows(_ report: VerificationReport) -> Int64 {
        report.tables.reduce(0) { $0 &+ $1.rowsFound }
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
        {{#hasAdvice}}
        <section>
        <h2 id="advice-title">What to do</h2>
        <ul class="notes" aria-labelledby="advice-title">{{#advice}}<li>{{.}}</li>{{/advice}}</ul>
        </section>
        {{/hasAdvice}}
        {{#isRestore}}
        <section>
        <h2 id="checks-title">Checks by SQLite</h2>
        <dl class="facts">
        {{#schema}}
        <div><dt>Schema</dt><dd>{{.}}</dd></div>
        {{/schema}}
        <div><dt><code>integrity_check</code></dt><dd>{{#integrity}}{{>badge}}{{/integrity}}</dd></div>
        <div><dt><code>foreign_key_check</code></dt><dd>{{foreignKeys}}</dd></div>
        </dl>
        {{#hasComplaints}}
        <ul class="notes" aria-label="What integrity_check said">{{#complaints}}<li><code>{{.}}</code></li>{{/complaints}}</ul>
        {{/hasComplaints}}
        </section>
        {{/isRestore}}
        {{#drill}}
        <section>
        <h2 id="drill-title">Drill</h2>
        <p>{{#result}}{{>badge}}{{/result}} {{words}}</p>
        {{#output}}
        <div class="scroll" role="region" aria-label="What the drill said" tabindex="0"><pre>{{.}}</pre></div>
        {{/output}}
        </section>
        {{/drill}}
        {{#hasNotes}}
        <section>
        <h2 id="notes-title">Notes</h2>
        <ul class="notes">{{#notes}}<li>{{.}}</li>{{/notes}}</ul>
        </section>
        {{/hasNotes}}
        {{#hasObjects}}
        <section>
        <h2 id="objects-title">Objects in the store</h2>
        <div class="scroll" role="region" aria-labelledby="objects-title" tabindex="0">
        <table class="names">
        <thead><tr><th scope="col">Object</th><th scope="col">Result</th><th scope="col" class="number">Size expected</th>\
        <th scope="col" class="number">Size found</th><th scope="col" class="number">Parts compared</th></tr></thead>
        <tbody>
        {{#objects}}
        <tr><th scope="row"><code>{{key}}</code></th><td>{{#result}}{{>badge}}{{/result}}</td>\
        <td class="number">{{sizeExpected}}</td><td class="number">{{sizeFound}}</td><td class="number">{{parts}}</td></tr>
        {{/objects}}
        </tbody>
        </table>
        </div>
        {{#objects}}{{#damage}}<p><code>{{.}}</code></p>{{/damage}}{{/objects}}
        </section>
        {{/hasObjects}}
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

extension ReportView.DrillRow {
    init(_ drill: VerificationReport.DrillResult) {
        result =
            drill.hasPassed
            ? BadgeView("Passed", symbol: "i-good", tone: .good)
            : BadgeView("Failed", symbol: "i-alarm", tone: .bad)
        words = drill.words
        output = drill.output.isEmpty ? nil : drill.output
    }
}

extension ReportView.ObjectRow {
    init(_ object: VerificationReport.ObjectResult) {
        key = object.key
        result =
            object.matches
            ? BadgeView("Equal", symbol: "i-good", tone: .good)
            : BadgeView("Different", symbol: "i-alarm", tone: .bad)
        sizeExpected = SizeText.format(object.sizeExpected)
        sizeFound = SizeText.format(object.sizeFound)
        parts = "\(CountText.format(Int64(object.partsChecked))) of \(CountText.format(Int64(object.parts)))"
        damage = object.partsDifferent.map { part in
            "part \(part.number): SHA-256 \(part.sha256Found) instead of \(part.sha256Expected)"
        }
    }
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
