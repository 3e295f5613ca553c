/// What nearly always is a value that somebody forgot to quote. The value itself is not shown: it may be a secret.
extension YAMLError {
    /// An unquoted `*`: an alias to YAML, a pattern to the person.
    static func alias(at mark: YAMLMark) -> YAMLError {
        YAMLError(
            at: mark, "an unquoted `*` begins a YAML alias, and aliases are not supported",
            hint: "put this in quotes, as in [\"*.yaml\"]")
    }

    /// An unquoted `${…}` inside `{ }` or `[ ]`: YAML takes its braces for a mapping's.
    static func interpolation(at mark: YAMLMark) -> YAMLError {
        YAMLError(
            at: mark, "an unquoted `${…}` inside { } or [ ] is not YAML",
            hint: "put this in quotes, as in {key: \"${NAME}\"}")
    }

    /// An unquoted `{` in the middle of a value inside `{ }` or `[ ]`.
    static func brace(at mark: YAMLMark) -> YAMLError {
        YAMLError(
            at: mark, "an unquoted value with a `{` in it, inside { } or [ ], is not YAML",
            hint: "put this in quotes, as in {key: \"…{database}\"}")
    }

    /// An unquoted `&`.
    static func anchor(at mark: YAMLMark) -> YAMLError {
        YAMLError(
            at: mark, "an unquoted `&` begins a YAML anchor, and anchors are not supported",
            hint: "put this in quotes")
    }

    /// An unquoted `!`.
    static func tag(at mark: YAMLMark) -> YAMLError {
        YAMLError(
            at: mark, "an unquoted `!` begins a YAML tag, and tags are not supported", hint: "put this in quotes")
    }
}
