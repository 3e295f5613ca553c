import Appliance
import Catalog
import Model

/// What is wrong, and what a person can do about it.
struct TroubleView {
    let text: String
    /// Each on its own line.
    let remedies: [String]

    init(_ text: String, hint: String? = nil) {
        self.text = text
        remedies = hint?.split(separator: "\n").map { String($0) } ?? []
    }

    /// `trouble`
    static let template = """
        <li><p>{{text}}</p>{{#remedies}}<p class="remedy">{{.}}</p>{{/remedies}}</li>
        """

    /// `troubles`: nothing where there are none.
    static let listTemplate = """
        {{#isTroubled}}<ul class="troubles" aria-label="What is wrong">{{#troubles}}{{>trouble}}{{/troubles}}</ul>
        {{/isTroubled}}
        """
}

extension [TroubleView] {
    /// One for a failure, none where there is none.
    init(_ failure: RunFailure?, _ introduction: String = "") {
        self = failure.map { [TroubleView(introduction + $0.message, hint: $0.hint)] } ?? []
    }

    /// One for rows that are not known to be from one moment.
    init(warning: String?, _ consistency: Consistency?) {
        self = warning.map { [TroubleView($0, hint: consistency?.remedy)] } ?? []
    }

    /// The alarms of a database, and why its last run failed.
    init(_ status: StatusReport.Database) {
        self = status.alarms.map { TroubleView($0) }
        if let failure = status.lastFailure {
            append(TroubleView("The last run failed: \(failure.message)", hint: failure.hint))
        }
    }
}

/// A fact about something, for a list of terms and details.
struct FactView {
    let term: String
    let detail: String
    /// Where the detail leads to.
    let href: String?
    /// Shown before the detail.
    let instant: MomentView?
    /// Shown as it would be typed, before the detail.
    let code: String?

    init(
        _ term: String, _ detail: String = "", href: String? = nil, at instant: MomentView? = nil, code: String? = nil
    ) {
        self.term = term
        self.detail = detail
        self.href = href
        self.instant = instant
        self.code = code
    }

    /// `fact`
    static let template = """
        <div><dt>{{term}}</dt><dd>{{#instant}}<time datetime="{{iso}}" title="{{exact}}">{{brief}} UTC</time> \
        <span class="quiet">({{age}})</span> {{/instant}}{{#code}}<code>{{.}}</code> {{/code}}\
        {{#href}}<a href="{{.}}">{{detail}}</a>{{/href}}{{^href}}{{detail}}{{/href}}</dd></div>
        """

    /// `facts`
    static let listTemplate = """
        <dl class="facts">
        {{#facts}}
        {{>fact}}
        {{/facts}}
        </dl>

        """
}
