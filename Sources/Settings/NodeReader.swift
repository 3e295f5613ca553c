import YAML

/// One value of a configuration, where it stands and what it is called. Each getter returns what the value says, or
/// notes a complaint and returns nil, so that a section reads as a list of its keys.
struct NodeReader {
    let node: YAMLNode
    /// The key, for complaints and for named entries.
    let key: String
    /// Where the key stands: complaints about something missing go there.
    let keyMark: YAMLMark
    /// The absolute path of the file.
    let file: String
    let context: ReadingContext

    /// Whether nothing stands here: an empty value, `~` or `null`.
    var isNothing: Bool {
        guard case .scalar(let text, quoted: false) = node.kind else { return false }
        return text.isEmpty || text == "~" || text == "null" || text == "Null" || text == "NULL"
    }

    /// The folder that relative paths start from.
    var folder: String { FilePath.folder(of: file) }

    func complain(_ message: String, hint: String? = nil, at mark: YAMLMark? = nil) {
        context.complain(file, mark ?? node.mark, message, hint: hint)
    }

    /// Notes that something else was expected here. What is shown is what stands in the file, never a variable's value.
    func complainExpected(_ what: String, hint: String? = nil) {
        let found =
            switch node.kind {
            case .scalar("", quoted: true): "an empty text"
            case .scalar(let text, _): isNothing ? "nothing" : Wording.quote(text)
            case .sequence: "a list"
            case .mapping: "a mapping"
            }
        complain("`\(key)`: expected \(what), found \(found)", hint: hint)
    }

    /// The text of a scalar with its variables replaced. `what` completes "expected …".
    func text(_ what: String) -> String? {
        guard case .scalar(let written, _) = node.kind, !isNothing, !written.isEmpty else {
            complainExpected(what)
            return nil
        }
        let outcome = Interpolation.expand(written, environment: context.environment)
        for problem in outcome.problems { complain(problem) }
        guard outcome.problems.isEmpty else { return nil }
        guard !outcome.text.isEmpty else {
            complain("`\(key)`: expected \(what), but \(Wording.quote(written)) is empty")
            return nil
        }
        guard !outcome.text.utf8.contains(0) else {
            complain("`\(key)`: holds a NUL character")
            return nil
        }
        return outcome.text
    }

    private func complain(_ problem: Interpolation.Problem) {
        switch problem {
        case .undefined(let name):
            complain(
                "`\(key)`: the environment variable `\(name)` is not set",
                hint: "set it, or write `${\(name):-default}`; a dollar that is meant is written `$$`")
        case .malformed:
            complain(
                "`\(key)`: what stands between `${` and `}` is not a variable's name",
                hint: "write `${NAME}` or `${NAME:-default}`; a dollar that is meant is written `$$`")
        case .unclosed:
            complain("`\(key)`: `${` without a closing brace", hint: "a dollar that is meant is written `$$`")
        case .nested:
            complain("`\(key)`: the default of a variable cannot hold another `${…}`")
        }
    }
}
