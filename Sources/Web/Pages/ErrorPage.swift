import Model

/// Something went wrong with a request: what, and what to do.
struct ErrorPage {
    let frame: PageFrame
    let code: Int
    /// In a few words.
    let title: String
    let message: String
    let remedies: [String]
    /// `run 17`: what the message speaks of.
    let subject: String?
    let subjectPath: String?

    init(
        code: Int, message: String, hint: String?, subject: (name: String, path: String)? = nil, now: Timestamp,
        viewer: Viewer
    ) {
        self.code = code
        title = Self.title(code)
        self.message = Self.sentence(message)
        let lines = hint?.split(separator: "\n").map { String($0) } ?? []
        remedies = lines.isEmpty ? [Self.remedy(code)] : lines
        self.subject = subject?.name
        subjectPath = subject?.path
        frame = PageFrame(title: title, tone: .warn, viewer: viewer, now: now)
    }

    private static func title(_ code: Int) -> String {
        switch code {
        case 400: "That request makes no sense"
        case 401: "A token is needed"
        case 403: "This token may not do that"
        case 404: "There is no such thing"
        case 405: "That cannot be done here"
        case 409: "Not now"
        case 413: "That is too much"
        case 415, 422: "That cannot be used"
        case 429: "Too many requests"
        case 502: "The store cannot be reached"
        case 503: "Nightjar is not ready"
        default: code < 500 ? "That did not work" : "Something went wrong"
        }
    }

    private static func remedy(_ code: Int) -> String {
        switch code {
        case 401: "Load the page again, and give a token as the password; the user's name does not matter."
        case 403: "Use a token with a wider scope."
        case 404: "It may have been deleted, or never have been there. What there is stands on the first page."
        case 409: "Wait for the end of what is under way, then try again."
        case 429, 503: "Wait a little, then try again."
        case 502: "Try again when the store answers; the log of Nightjar says more."
        case ..<500: "Go back, and try another way."
        default: "The log of Nightjar says more: journalctl -u nightjar"
        }
    }

    /// With a full stop at its end, which errors in a log have not, and with a capital at its beginning where that is no
    /// database's or file's name.
    private static func sentence(_ message: String) -> String {
        let articles = ["a", "an", "the", "there", "this", "no", "something"]
        let word = message.prefix { $0 != " " }
        var text = message
        if articles.contains(String(word)), let first = word.first {
            text = first.uppercased() + message.dropFirst()
        }
        return text.hasSuffix(".") ? text : text + "."
    }

    /// `error`
    static let template = """
        {{>head}}
        <div class="wrap detail error">
        <h1>{{title}}</h1>
        <p class="advice">{{message}}</p>
        {{#remedies}}
        <p class="remedy">{{.}}</p>
        {{/remedies}}
        {{#subjectPath}}
        <p><a href="{{.}}">Look at {{subject}}</a></p>
        {{/subjectPath}}
        <p><a href="/">All databases</a> <span class="quiet">(error {{code}})</span></p>
        </div>
        {{>foot}}
        """
}
