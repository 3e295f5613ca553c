/// The tags of a page, read as strictly as nobody else reads HTML: each element has its end, in the right order.
struct PageMarkup {
    struct Tag {
        let name: String
        let attributes: [String: String]
    }

    /// Elements without content: <https://html.spec.whatwg.org/multipage/syntax.html#void-elements>.
    private static let void: Set<String> = ["meta", "link", "input", "br", "hr", "img"]

    private(set) var tags: [Tag] = []
    /// What is not as it should be.
    private(set) var complaints: [String] = []

    init(_ html: String) {
        var open: [String] = []
        // By scalars, as browsers read it: an accent behind a quotation mark makes no other character of it.
        let plain = html.unicodeScalars.map { $0.isASCII ? $0 : "?" }
        var rest = Substring(String(String.UnicodeScalarView(plain)))
        while let start = rest.firstIndex(of: "<") {
            rest = rest[rest.index(after: start)...]
            if rest.hasPrefix("!DOCTYPE html>") { continue }
            let isEnd = rest.first == "/"
            if isEnd { rest.removeFirst() }
            let name = String(rest.prefix { $0.isLetter || $0.isNumber || $0 == "-" })
            rest = rest.dropFirst(name.count)
            guard !name.isEmpty else {
                complaints.append("a < that is no tag before \(rest.prefix(30))")
                continue
            }
            let (attributes, isClosed) = readAttributes(of: name, &rest)
            if isEnd {
                if open.popLast() != name { complaints.append("</\(name)> out of place before \(rest.prefix(30))") }
                continue
            }
            tags.append(Tag(name: name, attributes: attributes))
            if isClosed || Self.void.contains(name) { continue }
            open.append(name)
            // Neither holds tags.
            if ["script", "style"].contains(name), let end = rest.firstRange(of: "</\(name)>") {
                rest = rest[end.lowerBound...]
            }
        }
        if !open.isEmpty { complaints.append("without an end: \(open)") }
    }

    private mutating func readAttributes(of tag: String, _ rest: inout Substring) -> ([String: String], Bool) {
        var attributes: [String: String] = [:]
        while true {
            rest = rest.drop { $0.isWhitespace }
            if rest.hasPrefix("/>") {
                rest = rest.dropFirst(2)
                return (attributes, true)
            }
            if rest.first == ">" {
                rest = rest.dropFirst()
                return (attributes, false)
            }
            let name = String(rest.prefix { !$0.isWhitespace && !"=/>\"'<".contains($0) })
            guard !name.isEmpty else {
                complaints.append("<\(tag)> is damaged before \(rest.prefix(30))")
                return (attributes, false)
            }
            rest = rest.dropFirst(name.count)
            var value = ""
            if rest.hasPrefix("=\"") {
                rest = rest.dropFirst(2)
                value = String(rest.prefix { $0 != "\"" })
                rest = rest.dropFirst(value.count + 1)
            }
            if attributes.updateValue(value, forKey: name) != nil {
                complaints.append("<\(tag)> has \(name) twice")
            }
        }
    }

    func all(_ name: String) -> [Tag] { tags.filter { $0.name == name } }

    /// The values of an attribute, of all tags that have it.
    func values(of attribute: String) -> [String] { tags.compactMap { $0.attributes[attribute] } }
}

extension PageMarkup {
    /// What no page may have, whatever it shows: each found thing in words.
    var sins: [String] {
        var sins = complaints
        for tag in tags {
            for (name, value) in tag.attributes {
                if name == "style" || name.hasPrefix("on") { sins.append("<\(tag.name) \(name)=\"\(value)\">") }
                let isAddress = ["href", "src", "action", "srcset", "data"].contains(name)
                let isOwn = value.hasPrefix("/") && !value.hasPrefix("//") || value.hasPrefix("#")
                if isAddress && !isOwn && !value.hasPrefix("data:image/svg+xml,") {
                    sins.append("<\(tag.name) \(name)=\"\(value)\"> leads elsewhere")
                }
            }
            if ["script", "style"].contains(tag.name) && (tag.attributes["nonce"] ?? "").isEmpty {
                sins.append("<\(tag.name)> without a nonce")
            }
        }
        let ids = values(of: "id")
        sins += Set(ids).filter { id in ids.count(where: { $0 == id }) > 1 }.map { "the id \($0) twice" }
        let targets =
            all("use").compactMap { $0.attributes["href"] }.map { String($0.dropFirst()) }
            + values(of: "aria-labelledby")
        sins += Set(targets).subtracting(ids).map { "nothing has the id \($0)" }
        sins += headingSins + landmarkSins
        if all("h1").count != 1 { sins.append("\(all("h1").count) first headings") }
        if all("html").first?.attributes["lang"] != "en" { sins.append("no language") }
        if all("main").count != 1 { sins.append("no main") }
        return sins
    }

    /// Places to jump to that a screen reader could not tell apart, as axe's rule `landmark-unique` has it.
    private var landmarkSins: [String] {
        let roles = [
            "header": "banner", "footer": "contentinfo", "main": "main", "nav": "navigation", "aside": "complementary",
        ]
        let landmarks = tags.compactMap { tag -> String? in
            let name = tag.attributes["aria-label"] ?? tag.attributes["aria-labelledby"].map { "#\($0)" }
            // Without a name a section is no landmark.
            let own = tag.name == "section" && name != nil ? "region" : roles[tag.name]
            let role = tag.attributes["role"] ?? own
            guard let role, role == "region" || roles.values.contains(role) else { return nil }
            return "\(role) \(name ?? "without a name")"
        }
        return Set(landmarks).filter { landmark in landmarks.count(where: { $0 == landmark }) > 1 }
            .map { "\($0) twice" }
    }

    /// Levels that are left out.
    private var headingSins: [String] {
        var last = 0
        var sins: [String] = []
        for tag in tags where tag.name.count == 2 && tag.name.hasPrefix("h") {
            guard let level = tag.name.last?.wholeNumberValue else { continue }
            if level > last + 1 { sins.append("\(tag.name) after h\(last)") }
            last = level
        }
        return sins
    }
}
