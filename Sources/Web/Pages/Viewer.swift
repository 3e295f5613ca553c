import Model

/// Who looks at a page, as far as the page depends on it.
struct Viewer: Sendable {
    /// The token's name.
    let name: String
    let scope: AccessScope
    /// Which inline style and script the browser may use (Content Security Policy Level 3).
    let nonce: String
    /// What forms have to send along; nil for a viewer who may not change anything.
    let csrf: String?

    /// Hidden field and action of a button, for those who may press it.
    func form(_ action: String, from page: String? = nil, _ button: String, subject: String) -> FormView? {
        guard scope >= .admin, let csrf else { return nil }
        return FormView(action: action, token: csrf, origin: page, button: button, subject: subject)
    }
}

/// A form of one button.
struct FormView {
    let action: String
    /// Against requests that another site makes a browser send.
    let token: String
    /// The page to come back to, where it is not the usual one.
    let origin: String?
    let button: String
    /// What the button acts on; read out and not shown.
    let subject: String

    /// `form`
    static let template = """
        <form method="post" action="{{action}}"><input type="hidden" name="csrf" value="{{token}}">\
        {{#origin}}<input type="hidden" name="from" value="{{.}}">{{/origin}}\
        <button type="submit">{{button}}<span class="unseen"> {{subject}}</span></button></form>
        """
}
