/// A strong entity tag, and what the conditional fields say about it (RFC 9110, 8.8.3 and 13.1).
struct EntityTag: Equatable {
    /// With its quotation marks, as it is sent.
    let text: String

    /// - Parameter opaque: without quotation marks.
    init(_ opaque: String) {
        text = "\"\(opaque)\""
    }

    /// Whether this is what the client means (`If-Match`, by strong comparison), or it means nothing in particular; 412
    /// otherwise.
    func isMeant(by ifMatch: String?) -> Bool {
        guard let ifMatch else { return true }
        return Self.list(ifMatch).contains { $0 == "*" || $0 == text }
    }

    /// Whether the client has what it asks for (`If-None-Match`, by weak comparison): 304 then.
    func isNamed(by ifNoneMatch: String?) -> Bool {
        guard let ifNoneMatch else { return false }
        return Self.list(ifNoneMatch).contains { $0 == "*" || $0 == text || $0 == "W/\(text)" }
    }

    /// Whether a `Range` counts beside this `If-Range`: by strong comparison, and never for a date, since none is sent
    /// that it could have been taken from.
    func allowsRange(ifRange: String?) -> Bool {
        ifRange.map { $0 == text } ?? true
    }

    /// The members of a list; commas within quotation marks belong to the tag.
    private static func list(_ header: String) -> [String] {
        var members: [String] = []
        var member = ""
        var isQuoted = false
        for character in header {
            if character == "\"" { isQuoted.toggle() }
            if character == ",", !isQuoted {
                members.append(member)
                member = ""
            } else if isQuoted || (character != " " && character != "\t") {
                member.append(character)
            }
        }
        return (members + [member]).filter { !$0.isEmpty }
    }
}
